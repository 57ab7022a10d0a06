//! Logos: small pictures that an operator gives for the installation or for a client. They are kept as they came and only ever
//! shown with `<img>`, in which no script of an SVG runs; the server of one must say so for its own address as well
//! (`Content-Security-Policy: sandbox`). This module owns what is taken for one. PNG (3rd edition) 5.2 and 11.2.1, the WebP
//! container (RFC 9649) 2.4 to 2.7, SVG 2.

use aws_lc_rs::digest::{SHA256, digest};
use std::fmt;

/// The largest one, in bytes: a page is 30 KB, and a logo must not be heavier than the page.
pub const MOST_BYTES: usize = 32 * 1024;
/// The largest width and height, in pixels: a small file can unfold into a picture of any size.
pub const MOST_PIXELS: u32 = 1024;

/// What a logo is written in.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum LogoFormat {
    /// Portable Network Graphics.
    Png,
    /// WebP.
    WebP,
    /// Scalable Vector Graphics.
    Svg,
}

/// A picture that may be shown.
#[derive(Clone, Eq, PartialEq)]
pub struct Logo {
    format: LogoFormat,
    content: Vec<u8>,
}

/// What a logo is called where it is served: a hash of its content, and what it is written in. The same name is the same
/// picture for ever.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct LogoName(String);

/// Why a file is not taken.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum UnfitLogo {
    /// More than [`MOST_BYTES`].
    #[error("it is larger than 32 KiB")]
    TooLarge,
    /// Wider or higher than [`MOST_PIXELS`], or without a size.
    #[error("it must be 1 to 1024 pixels wide and high")]
    Pixels,
    /// Neither of the three formats.
    #[error("it is not a PNG, a WebP or an SVG file")]
    Format,
    /// A script, or a document type, which can define entities that unfold without end.
    #[error("it is an SVG file with a script or a document type; export it as plain SVG")]
    ActiveSvg,
}

impl LogoFormat {
    const ALL: [Self; 3] = [Self::Png, Self::WebP, Self::Svg];

    /// The media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Svg => "image/svg+xml",
        }
    }

    /// What its file names end with.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Svg => "svg",
        }
    }
}

impl Logo {
    /// Takes a file for what its content says that it is. Its name says nothing.
    ///
    /// # Errors
    /// [`UnfitLogo`].
    pub fn parse(content: Vec<u8>) -> Result<Self, UnfitLogo> {
        if content.len() > MOST_BYTES {
            return Err(UnfitLogo::TooLarge);
        }
        let format = match (pixels_of_png(&content), pixels_of_webp(&content)) {
            (Some(pixels), _) => sized(LogoFormat::Png, pixels)?,
            (None, Some(pixels)) => sized(LogoFormat::WebP, pixels)?,
            (None, None) => plain_svg(&content)?,
        };
        Ok(Self { format, content })
    }

    /// What it is written in.
    #[must_use]
    pub const fn format(&self) -> LogoFormat {
        self.format
    }

    /// The file.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// Its name, by the first 128 bits of the SHA-256 of its content.
    #[must_use]
    pub fn name(&self) -> LogoName {
        let hash = digest(&SHA256, &self.content);
        let hex: String = hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        LogoName(format!("{hex}.{}", self.format.extension()))
    }
}

impl fmt::Debug for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Logo({})", self.name())
    }
}

impl LogoName {
    /// Reads a name; `None` for anything that no logo can be called.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (hash, extension) = text.split_once('.')?;
        let is_hash =
            hash.len() == 32 && hash.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        let is_known = LogoFormat::ALL.iter().any(|format| format.extension() == extension);
        (is_hash && is_known).then(|| Self(text.to_owned()))
    }

    /// As it stands in an address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LogoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn sized(format: LogoFormat, (width, height): (u32, u32)) -> Result<LogoFormat, UnfitLogo> {
    let is_fit = |pixels| (1..=MOST_PIXELS).contains(&pixels);
    if is_fit(width) && is_fit(height) { Ok(format) } else { Err(UnfitLogo::Pixels) }
}

/// Width and height of a PNG: its first chunk is the header.
fn pixels_of_png(content: &[u8]) -> Option<(u32, u32)> {
    let chunk = content.strip_prefix(b"\x89PNG\r\n\x1a\n")?.strip_prefix(b"\x00\x00\x00\x0dIHDR")?;
    let (width, rest) = chunk.split_first_chunk::<4>()?;
    let (height, _) = rest.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height)))
}

/// Width and height of a WebP, by the kind of its first chunk: lossy, lossless, or with more than a picture.
fn pixels_of_webp(content: &[u8]) -> Option<(u32, u32)> {
    let (_, rest) = content.strip_prefix(b"RIFF")?.split_first_chunk::<4>()?;
    let (kind, rest) = rest.strip_prefix(b"WEBP")?.split_first_chunk::<4>()?;
    let (_, chunk) = rest.split_first_chunk::<4>()?;
    match kind {
        b"VP8 " => {
            let (_, frame) = chunk.split_first_chunk::<3>()?;
            let (size, _) = frame.strip_prefix(b"\x9d\x01\x2a")?.split_first_chunk::<4>()?;
            let [w0, w1, h0, h1] = *size;
            let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
            Some((side(w0, w1), side(h0, h1)))
        }
        b"VP8L" => {
            let (bits, _) = chunk.strip_prefix(b"\x2f")?.split_first_chunk::<4>()?;
            let bits = u32::from_le_bytes(*bits);
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        b"VP8X" => {
            let (_flags, canvas) = chunk.split_first_chunk::<4>()?;
            let (size, _) = canvas.split_first_chunk::<6>()?;
            let [w0, w1, w2, h0, h1, h2] = *size;
            let side = |low, middle, high| u32::from_le_bytes([low, middle, high, 0]) + 1;
            Some((side(w0, w1, w2), side(h0, h1, h2)))
        }
        _ => None,
    }
}

/// An SVG file begins, after a declaration and comments, with its root element. Scripts would not run where logos are shown;
/// a file that has one is refused because it is not what its owner thinks that it is.
fn plain_svg(content: &[u8]) -> Result<LogoFormat, UnfitLogo> {
    let text = std::str::from_utf8(content).map_err(|_| UnfitLogo::Format)?.to_ascii_lowercase();
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        let end = match rest {
            _ if rest.starts_with("<!doctype") => return Err(UnfitLogo::ActiveSvg),
            _ if rest.starts_with("<?") => "?>",
            _ if rest.starts_with("<!--") => "-->",
            _ => break,
        };
        rest = rest.split_once(end).ok_or(UnfitLogo::Format)?.1.trim_start();
    }
    let is_svg = rest.strip_prefix("<svg").is_some_and(|rest| rest.starts_with([' ', '\t', '\r', '\n', '>']));
    if !is_svg {
        return Err(UnfitLogo::Format);
    }
    let is_active = ["<script", "<!doctype", "<!entity", "javascript:", "<foreignobject"];
    if is_active.iter().any(|word| rest.contains(word)) {
        return Err(UnfitLogo::ActiveSvg);
    }
    Ok(LogoFormat::Svg)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut file = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR".to_vec();
        file.extend(width.to_be_bytes());
        file.extend(height.to_be_bytes());
        file.extend(b"\x08\x06\x00\x00\x00");
        file
    }

    fn webp(kind: &[u8; 4], chunk: &[u8]) -> Vec<u8> {
        [b"RIFF\x00\x00\x00\x00WEBP".as_slice(), kind, b"\x00\x00\x00\x00", chunk].concat()
    }

    fn format(content: &[u8]) -> Result<LogoFormat, UnfitLogo> {
        Logo::parse(content.to_vec()).map(|logo| logo.format())
    }

    #[test]
    fn a_logo_is_what_its_content_says() {
        assert_eq!(format(&png(64, 64)), Ok(LogoFormat::Png));
        assert_eq!(format(&webp(b"VP8 ", b"\x00\x00\x00\x9d\x01\x2a\x40\x00\x20\x40")), Ok(LogoFormat::WebP));
        assert_eq!(format(&webp(b"VP8L", b"\x2f\x3f\xc0\x0f\x00")), Ok(LogoFormat::WebP));
        assert_eq!(format(&webp(b"VP8X", b"\x00\x00\x00\x00\x3f\x00\x00\x3f\x00\x00")), Ok(LogoFormat::WebP));
        for svg in [
            "<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M0 0\"/></svg>",
            "\u{feff}<?xml version=\"1.0\"?>\n<!-- drawn by hand -->\n<svg>\n</svg>",
        ] {
            assert_eq!(format(svg.as_bytes()), Ok(LogoFormat::Svg), "{svg}");
        }
    }

    #[test]
    fn s66_what_only_looks_like_a_logo_is_refused() {
        for file in [
            "",
            "GIF89a",
            "<html><svg></svg>",
            "<svgx>",
            "<svg",
            "\u{89}PNG",
            "<!-- <svg> ",
            "<?xml",
            "plain",
        ] {
            assert_eq!(format(file.as_bytes()), Err(UnfitLogo::Format), "{file}");
        }
        assert_eq!(format(b"<svg \xff></svg>"), Err(UnfitLogo::Format));
        for svg in [
            "<svg><script>alert(1)</script></svg>",
            "<svg ><SCRIPT href='x'/></svg>",
            "<!DOCTYPE svg><svg></svg>",
            "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><svg></svg>",
            "<svg><a href='JavaScript:alert(1)'/></svg>",
            "<svg><foreignObject></foreignObject></svg>",
        ] {
            assert_eq!(format(svg.as_bytes()), Err(UnfitLogo::ActiveSvg), "{svg}");
        }
    }

    #[test]
    fn a_logo_is_small_as_a_file_and_on_the_screen() {
        for (width, height) in [(0, 1), (1, 0), (1025, 1), (1, u32::MAX)] {
            assert_eq!(format(&png(width, height)), Err(UnfitLogo::Pixels), "{width} {height}");
        }
        assert_eq!(format(&webp(b"VP8L", b"\x2f\xff\xff\xff\x0f")), Err(UnfitLogo::Pixels));
        let mut large = png(8, 8);
        large.resize(MOST_BYTES, 0);
        assert_eq!(format(&large), Ok(LogoFormat::Png));
        large.push(0);
        assert_eq!(format(&large), Err(UnfitLogo::TooLarge));
    }

    #[test]
    fn a_name_belongs_to_one_content() {
        let name = |content: &[u8]| Logo::parse(content.to_vec()).unwrap().name();
        assert_eq!(name(&png(8, 8)), name(&png(8, 8)));
        assert_ne!(name(&png(8, 8)), name(&png(8, 9)));
        assert_eq!(LogoName::parse(name(b"<svg>").as_str()), Some(name(b"<svg>")));
        let hash = "0123456789abcdef0123456789abcdef";
        assert!(LogoName::parse(&format!("{hash}.png")).is_some());
        for text in
            ["", "x.png", hash, &format!("{hash}.gif"), &format!("{hash}x.png"), &format!("../{hash}.png")]
        {
            assert_eq!(LogoName::parse(text), None, "{text}");
        }
    }
}
