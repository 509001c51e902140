/** Byte counts for people. */

const SIZES = ["B", "KB", "MB", "GB"];

/** A byte count with one decimal below ten. */
export function fileSize(bytes) {
  const power = Math.min(SIZES.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  return `${(bytes / 1024 ** power).toFixed(power && bytes / 1024 ** power < 10 ? 1 : 0)} ${SIZES[power]}`;
}
