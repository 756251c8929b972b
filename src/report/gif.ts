/** Pixels in motion as a GIF that repeats for ever. */
import * as packed from 'gifenc';

// Node sees a default export only, a bundler may see the functions themselves and another default.
const gifenc = 'GIFEncoder' in packed ? (packed as unknown as typeof packed.default) : packed.default;

/** One of 256 is kept for what does not change from one frame to the next. */
const COLOURS = 255;
/** Leave the picture as it is and draw the next one over it. */
const KEEP = 1;

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 4·width·height bytes, row by row, without transparency. */
  readonly rgba: Uint8Array;
}

/** The colours of some pictures together: one palette for all frames, so that nothing flickers. */
export function paletteOf(pictures: readonly Pixels[]): number[][] {
  const all = new Uint8Array(pictures.reduce((sum, p) => sum + p.rgba.length, 0));
  let at = 0;
  for (const { rgba } of pictures) {
    all.set(rgba, at);
    at += rgba.length;
  }
  return gifenc.quantize(all, COLOURS);
}

export interface Gif {
  /** Shows a picture for this many milliseconds; the format counts hundredths of a second. */
  add(picture: Pixels, delay: number): void;
  finish(): Uint8Array;
}

export function gifWith(palette: number[][]): Gif {
  const encoder = gifenc.GIFEncoder();
  const unchanged = palette.length;
  const colours = [...palette, [255, 255, 255]];
  let before: Uint8Array | undefined;
  return {
    add({ rgba, width, height }, delay) {
      const now = gifenc.applyPalette(rgba, palette);
      if (!before) encoder.writeFrame(now, width, height, { delay, palette: colours, repeat: 0, dispose: KEEP });
      else {
        const last = before;
        const index = now.map((colour, i) => (colour === last[i] ? unchanged : colour));
        const options = { delay, transparent: true, transparentIndex: unchanged, dispose: KEEP };
        encoder.writeFrame(index, width, height, options);
      }
      before = now;
    },
    finish() {
      encoder.finish();
      return encoder.bytes();
    },
  };
}
