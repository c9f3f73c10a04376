// Reads QR codes with jsQR: {pictures: [{width, height, gray: base64}]} -> {texts: [string | null]}.

import jsqr from 'jsqr';
import {answer, input} from './read.mjs';

const scan = jsqr.default ?? jsqr;
const {pictures} = await input();
answer({
  texts: pictures.map(({width, height, gray}) => {
    const levels = Buffer.from(gray, 'base64');
    const pixels = new Uint8ClampedArray(width * height * 4);
    levels.forEach((level, n) => pixels.set([level, level, level, 255], n * 4));
    return scan(pixels, width, height)?.data ?? null;
  }),
});
