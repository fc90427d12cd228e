/** What the schema of the configuration is made of. */
import { z } from "zod";
import { DURATION_PATTERN, durationFault, intervalFault } from "./duration.ts";
import type { ConfigFaultCode } from "./faults.ts";
import { fileFault, nameFault } from "./scalars.ts";

/** A string that `fault` finds nothing wrong with. */
export function text(
  fault: (value: string) => string | undefined,
  code: ConfigFaultCode = "ConfigInvalid",
): z.ZodString {
  return z.string().check((context) => {
    const message = fault(context.value);
    if (message !== undefined) {
      context.issues.push({ code: "custom", message, input: context.value, params: { code } });
    }
  });
}

/** Optional, with its help and its default. */
export function optional<T extends z.ZodType>(schema: T, description: string, fallback?: unknown): z.ZodOptional<T> {
  return schema.optional().meta({ description, ...(fallback === undefined ? {} : { default: fallback }) });
}

/** Anything but nothing. */
export function anyText(value: string): string | undefined {
  return value.trim() === "" ? "is empty" : undefined;
}

/** What a repository, an engine or a policy is called. */
export const name: z.ZodString = text(nameFault);

/** A file on this machine. */
export const file: z.ZodString = text(fileFault);

// Editors also accept what still holds a variable.
const DURATION_OR_VARIABLE = `${DURATION_PATTERN.source}|\\$\\{`;

/** `10m`, `36h`, `7d`. */
export const duration: z.ZodString = text(durationFault).meta({ pattern: DURATION_OR_VARIABLE });

/** How often a health source is asked: see `intervalFault`. */
export const interval: z.ZodString = text(intervalFault).meta({ pattern: DURATION_OR_VARIABLE });

/** A whole number from 1. */
export const positive: z.ZodNumber = z.number().int().min(1).max(1_000_000);
