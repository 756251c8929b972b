/** SVG → pixels, with packages that are optional: a binary of resvg, and a font, as a machine may have none. */
import { createRequire } from 'node:module';
import type { Pixels } from '../report/gif.js';
import { EXIT, Refusal } from './exit.js';

const PACKAGES = '@resvg/resvg-js dejavu-fonts-ttf';
const FACES = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'];
const FAMILY = 'DejaVu Sans';

export interface Raster {
  pixels(svg: string): Pixels;
  png(svg: string): Uint8Array;
}

/** Without a style sheet around them colours are their fallbacks, which are those of white paper. */
const resolved = (svg: string): string => svg.replace(/var\(--[\w-]+,\s*([^()]*)\)/g, '$1');

/** @param what said when the packages are missing */
export async function rasteriser(what: string): Promise<Raster> {
  const { resolve } = createRequire(import.meta.url);
  try {
    const { Resvg } = await import('@resvg/resvg-js');
    const fontFiles = FACES.map(face => resolve(`dejavu-fonts-ttf/ttf/${face}`));
    const font = { fontFiles, loadSystemFonts: false, defaultFontFamily: FAMILY, sansSerifFamily: FAMILY };
    const render = (svg: string) => new Resvg(resolved(svg), { font, background: 'white' }).render();
    return {
      pixels(svg) {
        const { width, height, pixels } = render(svg);
        return { width, height, rgba: pixels };
      },
      png: svg => render(svg).asPng(),
    };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' ? '' : ` (${message})`;
    throw new Refusal(
      EXIT.usage,
      `${what} needs packages that are not installed${why}: npm install ${PACKAGES}; -o NAME.svg works without`,
    );
  }
}
