//! Pictures as large as those of phones, in one colour: a small file that takes as much memory to
//! show as a photo of that size.
//!
//! Duties: valid files of the formats a webmail shows. Never: a pattern; a picture to look at.

use image::{ImageEncoder as _, codecs::png::PngEncoder};

/// Width and height in pixels.
pub type Size = (u16, u16);

/// 12, 24, 48, 108 and 200 megapixels, as telephones take them.
pub const PHONES: [Size; 5] =
    [(4000, 3000), (6000, 4000), (8000, 6000), (12000, 9000), (16384, 12288)];

/// One PNG (RFC 2083), orange.
///
/// # Panics
/// When it cannot be encoded.
#[must_use]
pub fn png((width, height): Size) -> Vec<u8> {
    let pixels = [230, 120, 20].repeat(usize::from(width) * usize::from(height));
    let mut out = Vec::new();
    PngEncoder::new(&mut out)
        .write_image(&pixels, width.into(), height.into(), image::ExtendedColorType::Rgb8)
        .expect("encode a PNG");
    out
}

/// How a JPEG is laid out (ITU-T T.81).
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Jpeg {
    /// One scan, as cameras write it.
    Baseline,
    /// Several scans, as web sites write it: a decoder keeps all coefficients.
    Progressive,
}

/// One JPEG, green, with colours at half the resolution.
#[must_use]
pub fn jpeg(kind: Jpeg, (width, height): Size) -> Vec<u8> {
    let progressive = kind == Jpeg::Progressive;
    let mut out = vec![0xff, 0xd8];
    // Every quantiser is 8: a block's DC coefficient is its value less 128.
    segment(&mut out, 0xdb, &[&[0][..], &[8; 64]].concat());
    let [high, low] = height.to_be_bytes();
    let [wide, narrow] = width.to_be_bytes();
    let components = [1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0];
    segment(
        &mut out,
        if progressive { 0xc2 } else { 0xc0 },
        &[&[8, high, low, wide, narrow, 3][..], &components].concat(),
    );
    // DC: "0" is no difference, "10" one of seven bits. AC: "0" ends the block.
    segment(&mut out, 0xc4, &codes(0x00, &[0, 7]));
    segment(&mut out, 0xc4, &codes(0x10, &[0]));
    segment(&mut out, 0xda, &[3, 1, 0, 2, 0, 3, 0, 0, if progressive { 0 } else { 63 }, 0]);
    scan(&mut out, progressive, (width, height));
    out.extend([0xff, 0xd9]);
    out
}

/// A marker segment (B.1.1.4).
fn segment(out: &mut Vec<u8>, marker: u8, content: &[u8]) {
    let length = u16::try_from(content.len() + 2).expect("a short segment");
    out.extend([0xff, marker]);
    out.extend(length.to_be_bytes());
    out.extend(content);
}

/// A Huffman table (B.2.4.2) whose codes are one bit, two bits… long.
fn codes(class_and_number: u8, symbols: &[u8]) -> Vec<u8> {
    let mut table = vec![class_and_number];
    table.extend((0..16).map(|length| u8::from(length < symbols.len())));
    table.extend(symbols);
    table
}

/// The first unit says the colour; every other block is as the one before it: bits of zero.
fn scan(out: &mut Vec<u8>, progressive: bool, (width, height): Size) {
    let end = if progressive { "" } else { "0" };
    // 72, -80, -80; a negative one is written less one (F.1.2.1.1).
    let bits = ["101001000", "0", "0", "0", "100101111", "100101111"]
        .map(|block| format!("{block}{end}"))
        .concat();
    let units = usize::from(width.div_ceil(16)) * usize::from(height.div_ceil(16));
    let later = (units - 1) * if progressive { 6 } else { 12 };
    let padded = (bits.len() + later).div_ceil(8) * 8;
    let filled = format!("{bits:0<48}");
    for byte in filled.as_bytes().chunks(8) {
        let bits = std::str::from_utf8(byte).expect("digits");
        out.push(u8::from_str_radix(bits, 2).expect("eight bits"));
    }
    out.resize(out.len() + (padded / 8).saturating_sub(6), 0);
}

/// One lossless WebP (RFC 9649, 3), blue; at most 16384 pixels a side.
#[must_use]
pub fn webp((width, height): Size) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0x2f, 8);
    bits.put(usize::from(width) - 1, 14);
    bits.put(usize::from(height) - 1, 14);
    // No alpha, version 0; no transform, no colour cache, one set of codes.
    bits.put(0, 1 + 3 + 1 + 1 + 1);
    // Green, red, blue, alpha, distance: each a code of one symbol, which takes no bits at all.
    for symbol in [90, 30, 220, 255, 0] {
        bits.put(0b101, 3);
        bits.put(symbol, 8);
    }
    let mut picture = bits.bytes;
    picture.resize(picture.len().next_multiple_of(2), 0);
    let length = u32::try_from(picture.len()).expect("a small file");
    let mut out = b"RIFF".to_vec();
    out.extend((length + 12).to_le_bytes());
    out.extend(b"WEBPVP8L");
    out.extend(length.to_le_bytes());
    out.extend(picture);
    out
}

/// An animated GIF (GIF89a) of so many pictures, all red, shown for ever.
#[must_use]
pub fn gif((width, height): Size, pictures: usize) -> Vec<u8> {
    let mut out = b"GIF89a".to_vec();
    let size = [width.to_le_bytes(), height.to_le_bytes()].concat();
    out.extend(&size);
    out.extend([0x80, 0, 0, 200, 20, 20, 0, 0, 0]);
    out.extend(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00");
    for _ in 0..pictures {
        out.extend([0x21, 0xf9, 4, 4, 10, 0, 0, 0, 0x2c, 0, 0, 0, 0]);
        out.extend(&size);
        out.extend([0, 2]);
        let pixels = usize::from(width) * usize::from(height);
        for block in runs(pixels).chunks(255) {
            out.push(u8::try_from(block.len()).expect("at most 255"));
            out.extend(block);
        }
        out.push(0);
    }
    out.push(0x3b);
    out
}

/// So many pixels of colour 0 in LZW (GIF89a, appendix F): each code stands for one pixel more than
/// the one before it, until the table of 4096 is full.
fn runs(mut pixels: usize) -> Vec<u8> {
    const CLEAR: usize = 4;
    const END: usize = 5;
    let mut bits = Bits::default();
    let (mut width, mut next) = (3, END + 1);
    while pixels > 0 {
        bits.put(CLEAR, width);
        (width, next) = (3, END + 1);
        for length in 1..=4095 - CLEAR {
            let run = pixels.min(length);
            if run == 0 {
                break;
            }
            width += u32::from(next == 1 << width && width < 12);
            bits.put(if run == 1 { 0 } else { run + CLEAR }, width);
            pixels -= run;
            next += usize::from(length > 1);
        }
    }
    width += u32::from(next == 1 << width && width < 12);
    bits.put(END, width);
    bits.bytes
}

/// Bits, the lowest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn put(&mut self, value: usize, count: u32) {
        for bit in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let set = u8::from(value >> bit & 1 == 1);
            *self.bytes.last_mut().expect("a byte") |= set << (self.used % 8);
            self.used += 1;
        }
    }
}
