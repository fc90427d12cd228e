/** Of isomorphic-git, what the ledger needs: the built program holds this, and nothing else of it. */
export { deleteRef, init, readObject, resolveRef, writeCommit, writeObject, writeRef } from "isomorphic-git";
