// Pictures of the size of a phone's are shown small: an engine that shows six photos of 24 megapixels
// holds 600 MB, whatever their size on the screen, and cannot decode at a lower resolution itself.
//
// A picture is not painted, so not decoded, before its size is known. A large one is fetched again, decoded
// alone, and drawn small; a very large JPEG is read by the means of its blocks; of what is larger still words
// take the place. Runs in a world of its own. Never: a picture the page did not show; a request to another
// place. A page that gets round this only meets the memory limit.

// Pixels: shown as it is; decoded by the engine, 4 bytes each and 12 of a WebP; read by the means of its blocks,
// an eighth of a byte each.
const PLAIN = 3e6, DECODED = 32e6, DECODED_WEBP = 13e6, SKETCHED = 500e6;
// Where nothing else is known of the file.
const BLIND = 16e6;
// Milliseconds in which the engine gives back what it decoded.
const PAUSE = 150;
// The longer side of what is shown instead.
const SIDE = 1600;
const HIDDEN = 'borne-pending';

const TOO_LARGE = 'data:image/svg+xml,' + encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" width="480" height="360"
  font-family="sans-serif" font-size="34" text-anchor="middle"><rect width="480" height="360" fill="#fff3d6" stroke="#888" stroke-width="4"/>
  <text x="240" y="90">Image trop grande</text><text x="240" y="135">pour la borne.</text>
  <text x="240" y="180">Ouvrez-la sur un ordinateur.</text>
  <g fill="#555" font-size="28"><text x="240" y="250">Picture too large for this</text>
  <text x="240" y="290">terminal. Use a computer.</text></g></svg>`);

let turn = Promise.resolve();
// What was looked at, by its address; so each is fetched once.
const large = new WeakMap();
const pixels = image => image.naturalWidth * image.naturalHeight;

const consider = image => {
    if (!image.complete) return image.setAttribute(HIDDEN, '');
    if (pixels(image) <= PLAIN) return image.removeAttribute(HIDDEN);
    const source = image.currentSrc;
    if (large.get(image) === source) return;
    large.set(image, source);
    image.setAttribute(HIDDEN, '');
    turn = turn.then(() => reduce(image, source));
};

const reduce = async (image, source) => {
    if (!image.isConnected || image.currentSrc !== source) return;
    const small = await smaller(image, source).catch(() => pixels(image) <= BLIND ? null : TOO_LARGE);
    if (image.currentSrc !== source) return;
    if (small) image.style.setProperty('content', `url("${small}")`, 'important');
    image.removeAttribute(HIDDEN);
    await new Promise(done => setTimeout(done, PAUSE));
};

// The address of a picture of at most SIDE, or an error.
const smaller = async (image, source) => {
    const [width, height] = [image.naturalWidth, image.naturalHeight];
    if (width * height > SKETCHED) throw new RangeError();
    const file = await (await fetch(source)).blob();
    const [first] = new Uint8Array(await file.slice(0, 1).arrayBuffer());
    const jpeg = first === 0xff, decoded = width * height <= (first === 0x52 ? DECODED_WEBP : DECODED);
    if (!jpeg && !decoded) throw new RangeError();
    const scale = Math.min(1, SIDE / Math.max(width, height));
    const size = [width, height].map(side => Math.max(1, Math.round(side * scale)));
    const canvas = Object.assign(document.createElement('canvas'), { width: size[0], height: size[1] });
    const context = canvas.getContext('2d');
    if (decoded) {
        const options = { resizeWidth: size[0], resizeHeight: size[1], resizeQuality: 'high' };
        const bitmap = await createImageBitmap(file, options);
        context.drawImage(bitmap, 0, 0);
        bitmap.close();
    } else {
        const { data, orientation } = await sketch(new Uint8Array(await file.arrayBuffer()));
        const means = Object.assign(document.createElement('canvas'), { width: data.width, height: data.height });
        means.getContext('2d').putImageData(data, 0, 0);
        turned(context, orientation, size);
        const across = orientation < 5 ? size : size.toReversed();
        context.drawImage(means, 0, 0, ...across);
    }
    const type = jpeg ? 'image/jpeg' : 'image/png';
    return URL.createObjectURL(await new Promise(done => canvas.toBlob(done, type, 0.9)));
};

// Exif 2.32, 4.6.4, tag Orientation.
const turned = (context, orientation, [width, height]) => context.setTransform(...[
    [1, 0, 0, 1, 0, 0], [-1, 0, 0, 1, width, 0], [-1, 0, 0, -1, width, height], [1, 0, 0, -1, 0, height],
    [0, 1, 1, 0, 0, 0], [0, 1, -1, 0, width, 0], [0, -1, -1, 0, width, height], [0, -1, 1, 0, 0, height],
][orientation - 1]);

// A JPEG (ITU-T T.81) at an eighth of its size: the mean of each block is its DC coefficient. A progressive
// one begins with these, so its other scans are not read at all.
const sketch = async bytes => {
    const view = new DataView(bytes.buffer);
    const quantisers = [], codes = [];
    let at = 2, frame, interval = 0, orientation = 1;
    for (;;) {
        while (bytes[at] !== 0xff && at < bytes.length) at++;
        while (bytes[at] === 0xff) at++;
        const marker = bytes[at++];
        if (at >= bytes.length || marker === 0xd9) throw new SyntaxError();
        if (marker === 0 || marker >= 0xd0 && marker <= 0xd8) continue;
        const end = at + view.getUint16(at);
        let here = at + 2;
        if (marker === 0xdb) while (here < end) {
            const wide = bytes[here] >> 4;
            quantisers[bytes[here++] & 15] = wide ? view.getUint16(here) : bytes[here];
            here += wide ? 128 : 64;
        } else if (marker === 0xc4) while (here < end) {
            const place = bytes[here];
            const [table, next] = huffman(bytes, here + 1);
            [codes[place], here] = [table, next];
        } else if (marker <= 0xc2 && marker >= 0xc0) {
            frame = new Frame(view, here, marker === 0xc2);
        } else if (marker > 0xc4 && marker < 0xd0 && marker !== 0xc8 && marker !== 0xcc) {
            throw new TypeError();
        } else if (marker === 0xdd) {
            interval = view.getUint16(here);
        } else if (marker === 0xe1 && view.getUint32(here) === 0x45786966) {
            orientation = exif(view, here + 6, end) ?? 1;
        }
        at = end;
        if (marker === 0xda) {
            at = await frame.scan(bytes, here, end, { quantisers, codes, interval });
            if (frame.parts.every(part => part.means)) return { data: frame.picture(), orientation };
        }
    }
};

// The tag's value, of the first directory.
const exif = (view, at, end) => {
    const little = view.getUint16(at) === 0x4949;
    const directory = at + view.getUint32(at + 4, little);
    for (let n = 0, entry = directory + 2; n < view.getUint16(directory, little) && entry + 12 <= end; n++, entry += 12) {
        const value = view.getUint16(entry + 8, little);
        if (view.getUint16(entry, little) === 0x112 && value >= 1 && value <= 8) return value;
    }
};

// For each of 16 bits to come: the length of the code and its symbol; and where the table ends.
const huffman = (bytes, at) => {
    const table = new Uint16Array(1 << 16);
    let code = 0, symbol = at + 16;
    for (let length = 1; length <= 16; length++)
        for (let n = 0; n < bytes[at + length - 1]; n++, symbol++) {
            table.fill(length << 8 | bytes[symbol], code, code += 1 << 16 - length);
        }
    return [table, symbol];
};

class Frame {
    constructor(view, at, progressive) {
        this.progressive = progressive;
        [this.height, this.width] = [view.getUint16(at + 1), view.getUint16(at + 3)];
        this.parts = Array.from({ length: view.getUint8(at + 5) }, (_, n) => {
            const [id, sampling, quantiser] = [6, 7, 8].map(offset => view.getUint8(at + offset + 3 * n));
            return { id, across: sampling >> 4, down: sampling & 15, quantiser, means: null };
        });
        if (view.getUint8(at) !== 8 || ![1, 3].includes(this.parts.length) || !this.width || !this.height) throw new TypeError();
        [this.across, this.down] = ['across', 'down'].map(way => Math.max(...this.parts.map(part => part[way])));
        if (this.parts.some(part => !part.across || !part.down) || this.width * this.height > SKETCHED) throw new TypeError();
        this.columns = Math.ceil(this.width / 8 / this.across);
        this.rows = Math.ceil(this.height / 8 / this.down);
        for (const part of this.parts) part.stride = this.columns * part.across;
    }

    // Reads the DC coefficients of one scan; hands back where its bits end.
    async scan(bytes, header, at, { quantisers, codes, interval }) {
        const shift = this.progressive ? bytes[header + 3 + 2 * bytes[header]] & 15 : 0;
        const parts = Array.from({ length: bytes[header] }, (_, n) => {
            const part = this.parts.find(part => part.id === bytes[header + 1 + 2 * n]);
            const chosen = bytes[header + 2 + 2 * n];
            part.means ??= new Uint8ClampedArray(part.stride * this.rows * part.down);
            const scale = quantisers[part.quantiser] * (1 << shift) / 8;
            return { part, dc: codes[chosen >> 4], ac: codes[0x10 | chosen & 15], scale, last: 0 };
        });
        let held = 0, count = 0;
        const fill = () => {
            while (count <= 16) {
                const byte = bytes[at] ?? 0xff;
                const marker = byte === 0xff && bytes[at + 1] !== 0;
                held = held << 8 | (marker ? 0 : byte);
                if (!marker) at += byte === 0xff ? 2 : 1;
                count += 8;
            }
        };
        const next = table => {
            fill();
            const found = table[held >>> count - 16 & 0xffff];
            if (!found) throw new SyntaxError();
            count -= found >> 8;
            return found & 0xff;
        };
        const difference = length => {
            if (!length) return 0;
            fill();
            count -= length;
            const value = held >>> count & (1 << length) - 1;
            return value < 1 << length - 1 ? value - (1 << length) + 1 : value;
        };
        const block = (scanned, column, row) => {
            scanned.last += difference(next(scanned.dc));
            scanned.part.means[row * scanned.part.stride + column] = scanned.last * scanned.scale + 128;
            if (!this.progressive) for (let n = 1; n < 64; n++) {
                const code = next(scanned.ac);
                if (!code) break;
                n += code >> 4;
                if (code & 15) {
                    fill();
                    count -= code & 15;
                }
            }
        };
        const restart = () => {
            while (at < bytes.length && !(bytes[at] === 0xff && bytes[at + 1] >= 0xd0 && bytes[at + 1] <= 0xd7)) at++;
            at += 2;
            held = count = 0;
            for (const scanned of parts) scanned.last = 0;
        };
        // A scan of one component has no blocks but those of the picture (A.2.2).
        const alone = parts.length === 1 && parts[0].part;
        const [columns, rows] = alone
            ? [Math.ceil(this.width * alone.across / this.across / 8), Math.ceil(this.height * alone.down / this.down / 8)]
            : [this.columns, this.rows];
        let left = interval;
        for (let row = 0; row < rows; row++) {
            // Others on the page have their turn.
            if (row % 64 === 63) await new Promise(done => setTimeout(done));
            for (let column = 0; column < columns; column++) {
                if (interval && !left--) {
                    restart();
                    left = interval - 1;
                }
                if (alone) block(parts[0], column, row);
                else for (const scanned of parts)
                    for (let y = 0; y < scanned.part.down; y++)
                        for (let x = 0; x < scanned.part.across; x++)
                            block(scanned, column * scanned.part.across + x, row * scanned.part.down + y);
            }
        }
        return at;
    }

    // No object is made for a pixel: there are millions.
    picture() {
        const picture = new ImageData(Math.ceil(this.width / 8), Math.ceil(this.height / 8));
        const [first, second, third] = this.parts;
        const coloured = this.parts.map(part => String.fromCharCode(part.id)).join('') !== 'RGB';
        const mean = (part, x, y) =>
            part.means[Math.floor(y * part.down / this.down) * part.stride + Math.floor(x * part.across / this.across)];
        for (let y = 0, at = 0; y < picture.height; y++)
            for (let x = 0; x < picture.width; x++, at += 4) {
                const luma = mean(first, x, y);
                const blue = second ? mean(second, x, y) - 128 : 0, red = third ? mean(third, x, y) - 128 : 0;
                picture.data[at] = luma + 1.402 * red;
                picture.data[at + 1] = coloured ? luma - 0.344 * blue - 0.714 * red : blue + 128;
                picture.data[at + 2] = coloured ? luma + 1.772 * blue : red + 128;
                if (!coloured) picture.data[at] = luma;
                picture.data[at + 3] = 255;
            }
        return picture;
    }
}

const known = new WeakSet();
new MutationObserver(changes => {
    for (const { type, target } of changes) if (type === 'attributes' && target instanceof HTMLImageElement) {
        known.delete(target);
        large.delete(target);
        target.style.removeProperty('content');
    }
    for (const image of document.images) if (!known.has(image)) {
        known.add(image);
        consider(image);
    }
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['src', 'srcset'] });
// A window does not hear of what its pictures load.
for (const event of ['load', 'error'])
    document.addEventListener(event, ({ target }) => target instanceof HTMLImageElement && consider(target), true);
