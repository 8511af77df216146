/** Signs one file: who asks for it decides which file that is, and with whose key. */
export interface Signer {
  /** `tgsign1…` */
  readonly publicKey: string;
  /** The file that it signs, as seen from the folder of the signers file: see `subjectOf`. */
  readonly subject: string;
  /** Ed25519, 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}
