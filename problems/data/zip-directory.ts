/** The directory at the end of a zip archive (PKWARE APPNOTE 4.3.12): what the members should be. */

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

/** The checksum of a member, CRC-32 of ISO 3309. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;

/** Where the record of the end begins, or null where it is missing: the archive is cut off. */
function endRecord(view: DataView): number | null {
  const last = view.byteLength - 22;
  for (let k = last; k >= Math.max(0, last - 0xffff); k--) if (view.getUint32(k, true) === END) return k;
  return null;
}

/** Checksums by name; null where the directory is missing or is none. */
export function checksums(bytes: Uint8Array): Map<string, number> | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endRecord(view);
  if (end === null) return null;
  const found = new Map<string, number>();
  let at = view.getUint32(end + 16, true);
  for (let k = view.getUint16(end + 10, true); k > 0; k--) {
    if (at + 46 > end || view.getUint32(at, true) !== ENTRY) return null;
    const length = view.getUint16(at + 28, true);
    found.set(new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + length)), view.getUint32(at + 16, true));
    at += 46 + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return found;
}
