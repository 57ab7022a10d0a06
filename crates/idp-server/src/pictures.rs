//! Pictures that people upload: read within limits and drawn anew as square JPEGs of two sizes (ADR 52). What comes out holds
//! nothing of the file but its pixels: no place where it was taken, no second file behind the first, no script. One is read
//! at a time on each node, so that all of them together cost a known amount of memory and one core.

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::metadata::Orientation;
use image::{
    DynamicImage, GenericImageView, ImageDecoder, ImageError, ImageFormat, ImageReader, ImageResult, Limits,
    RgbImage, RgbaImage,
};
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// The largest file, in bytes.
pub const MOST_BYTES: usize = 10 * 1024 * 1024;
/// The most pixels: a photograph of today's phones.
const MOST_PIXELS: u64 = 25_000_000;
/// What they may take in memory, in bytes. Those of a photograph take three each.
const MOST_MEMORY: u64 = 128 * 1024 * 1024;
/// The scans of a progressive JPEG: encoders make ten. Each costs as much as the whole picture, and few bytes.
const MOST_SCANS: usize = 64;
/// The sides of what is kept, in pixels. A smaller picture is not made larger.
const LARGE: u32 = 512;
const SMALL: u32 = 96;
/// Of 100: beyond it files grow, and the eye sees no gain.
const QUALITY: u8 = 85;

/// Files that are received at a time.
const RECEIVED: usize = 8;
/// How long a file waits for its turn, and then to be drawn.
const PATIENCE: Duration = Duration::from_secs(10);

/// Draws pictures, one at a time.
#[derive(Clone, Debug)]
pub struct Pictures {
    received: Arc<Semaphore>,
    turn: Arc<Semaphore>,
}

/// A picture in both sizes, as JPEG.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// The small one.
    pub small: Vec<u8>,
    /// The large one.
    pub large: Vec<u8>,
}

/// Why a file is no picture here.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum PictureError {
    /// Not a JPEG, PNG or WebP, or a broken one.
    #[error("not a picture that can be read")]
    Unreadable,
    /// Too many bytes or pixels.
    #[error("a picture of too many bytes or pixels")]
    TooLarge,
    /// Others are at it.
    #[error("too many pictures at once")]
    Busy,
}

impl Default for Pictures {
    fn default() -> Self {
        Self { received: Arc::new(Semaphore::new(RECEIVED)), turn: Arc::new(Semaphore::new(1)) }
    }
}

impl Pictures {
    /// The right to receive a file, held while it is read and drawn.
    ///
    /// # Errors
    /// [`PictureError::Busy`] at once, when many are received.
    pub fn admit(&self) -> Result<OwnedSemaphorePermit, PictureError> {
        Arc::clone(&self.received).try_acquire_owned().map_err(|_| PictureError::Busy)
    }

    /// Draws what `file` shows.
    ///
    /// # Errors
    /// [`PictureError`].
    pub async fn draw(&self, file: Vec<u8>) -> Result<Drawn, PictureError> {
        let turn = timeout(PATIENCE, Arc::clone(&self.turn).acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or(PictureError::Busy)?;
        let drawing = tokio::task::spawn_blocking(move || {
            // The turn is over when the thread is done, even if no request waits for it any more.
            let _turn = turn;
            drawn(&file)
        });
        match timeout(PATIENCE, drawing).await {
            Ok(Ok(drawn)) => drawn,
            // The decoder gave up in a way of its own.
            Ok(Err(error)) => {
                tracing::warn!(%error, "a picture could not be read");
                Err(PictureError::Unreadable)
            }
            Err(_) => Err(PictureError::TooLarge),
        }
    }
}

fn drawn(file: &[u8]) -> Result<Drawn, PictureError> {
    let format = format_of(file).ok_or(PictureError::Unreadable)?;
    if format == ImageFormat::Jpeg && scans(file) > MOST_SCANS {
        return Err(PictureError::TooLarge);
    }
    let (picture, orientation) = decoded(file, format)?;
    let large = square(&picture);
    drop(picture);
    let small = match large.width() > SMALL {
        true => imageops::thumbnail(&large, SMALL, SMALL),
        false => large.clone(),
    };
    let encoded = |picture| encoded(picture, orientation).map_err(|_| PictureError::Unreadable);
    Ok(Drawn { small: encoded(&small)?, large: encoded(&large)? })
}

/// By its first bytes: what a file is called, and what a browser says of it, is nothing to go by.
fn format_of(file: &[u8]) -> Option<ImageFormat> {
    match file {
        [0xff, 0xd8, 0xff, ..] => Some(ImageFormat::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(ImageFormat::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(ImageFormat::WebP),
        _ => None,
    }
}

/// The marker that begins a scan stands in no data of one.
fn scans(file: &[u8]) -> usize {
    file.windows(2).filter(|pair| *pair == [0xff, 0xda]).count()
}

/// The picture, once its head has said that it is small enough.
fn decoded(file: &[u8], format: ImageFormat) -> Result<(DynamicImage, Orientation), PictureError> {
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(problem)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS || decoder.total_bytes() > MOST_MEMORY {
        return Err(PictureError::TooLarge);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(problem)?;
    match picture.dimensions() {
        (0, _) | (_, 0) => Err(PictureError::Unreadable),
        _ => Ok((picture, orientation)),
    }
}

fn problem(error: ImageError) -> PictureError {
    match error {
        ImageError::Limits(_) => PictureError::TooLarge,
        _ => PictureError::Unreadable,
    }
}

/// The middle of it, not copied before it is small.
fn square(picture: &DynamicImage) -> RgbaImage {
    let (width, height) = picture.dimensions();
    let side = width.min(height);
    let middle = picture.view((width - side) / 2, (height - side) / 2, side, side);
    match side > LARGE {
        true => imageops::thumbnail(&*middle, LARGE, LARGE),
        false => imageops::resize(&*middle, side, side, FilterType::Nearest),
    }
}

/// As JPEG, upright, on white where it was transparent.
fn encoded(picture: &RgbaImage, orientation: Orientation) -> ImageResult<Vec<u8>> {
    let on_white = |channel: u8, alpha: u8| {
        let (channel, alpha) = (u32::from(channel), u32::from(alpha));
        u8::try_from((channel * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
    };
    let mut flat = RgbImage::new(picture.width(), picture.height());
    for (to, from) in flat.pixels_mut().zip(picture.pixels()) {
        let [red, green, blue, alpha] = from.0;
        to.0 = [red, green, blue].map(|channel| on_white(channel, alpha));
    }
    let mut upright = DynamicImage::ImageRgb8(flat);
    upright.apply_orientation(orientation);
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, QUALITY).encode_image(&upright)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use image::Rgba;

    fn picture(width: u32, height: u32) -> DynamicImage {
        let left_is_red =
            |x: u32| if x < width / 2 { Rgba([255, 0, 0, 255]) } else { Rgba([0, 0, 255, 255]) };
        DynamicImage::ImageRgba8(RgbaImage::from_fn(width, height, |x, _| left_is_red(x)))
    }

    fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        let picture = if format == ImageFormat::Jpeg { picture.to_rgb8().into() } else { picture.clone() };
        picture.write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    fn read(file: &[u8]) -> RgbImage {
        assert_eq!(format_of(file), Some(ImageFormat::Jpeg));
        image::load_from_memory_with_format(file, ImageFormat::Jpeg).unwrap().to_rgb8()
    }

    #[test]
    fn each_kind_becomes_a_square_of_two_sizes() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            for (width, height, large, small) in [
                (1200, 700, 512, 96),
                (700, 1200, 512, 96),
                (200, 300, 200, 96),
                (40, 40, 40, 40),
                (1, 9, 1, 1),
            ] {
                let drawn = drawn(&file(&picture(width, height), format)).unwrap();
                let sides = [&drawn.large, &drawn.small].map(|file| read(file).dimensions());
                assert_eq!(sides, [(large, large), (small, small)], "{format:?} {width}x{height}");
            }
        }
    }

    #[test]
    fn the_middle_is_kept_and_what_was_transparent_is_white() {
        let drawn = drawn(&file(&picture(1200, 600), ImageFormat::Png)).unwrap();
        let large = read(&drawn.large);
        let is_near = |x, y, wanted: [u8; 3]| {
            large.get_pixel(x, y).0.iter().zip(wanted).all(|(found, wanted)| found.abs_diff(wanted) < 40)
        };
        assert!(is_near(20, 256, [255, 0, 0]) && is_near(490, 256, [0, 0, 255]), "both halves of the middle");
        let clear = DynamicImage::ImageRgba8(RgbaImage::from_pixel(64, 64, Rgba([0, 0, 0, 0])));
        let drawn = super::drawn(&file(&clear, ImageFormat::Png)).unwrap();
        assert!(read(&drawn.large).get_pixel(32, 32).0.iter().all(|channel| *channel > 250));
    }

    /// A JPEG with an Exif block that says it lies on its side, and where it was taken.
    fn with_exif(jpeg: &[u8]) -> Vec<u8> {
        let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
        exif.extend_from_slice(b"GPS 48.8584 N 2.2945 E");
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
    }

    #[test]
    fn a_photograph_stands_upright_and_says_no_more_where_it_was_taken() {
        let lying = with_exif(&file(&picture(300, 300), ImageFormat::Jpeg));
        let drawn = drawn(&lying).unwrap();
        // Turned to the right: what was on the left is on top.
        let large = read(&drawn.large);
        let (top, bottom) = (large.get_pixel(150, 20).0, large.get_pixel(150, 280).0);
        assert!(top[0] > 200 && top[2] < 60 && bottom[2] > 200 && bottom[0] < 60, "{top:?} {bottom:?}");
        for file in [&drawn.large, &drawn.small] {
            let has = |words: &[u8]| file.windows(words.len()).any(|found| found == words);
            assert!(!has(b"GPS") && !has(b"Exif"));
        }
    }

    #[test]
    fn a_second_file_behind_the_picture_is_left_behind() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png] {
            let payload = b"<script>alert(document.domain)</script>PK\x03\x04";
            let both = [&file(&picture(64, 64), format)[..], payload].concat();
            let drawn = drawn(&both).unwrap();
            let found =
                [&drawn.large, &drawn.small].iter().any(|file| file.windows(8).any(|at| at == b"<script>"));
            assert!(!found, "{format:?}");
        }
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let png = file(&picture(64, 64), ImageFormat::Png);
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
        let gif = b"GIF89a\x01\0\x01\0\0\0\0;";
        for wrong in [
            &b""[..],
            svg,
            gif,
            b"<html>",
            b"\xff\xd8\xff",
            &png[..8],
            &png[..png.len() / 2],
            b"RIFF\0\0\0\0WEBP",
        ] {
            assert_eq!(drawn(wrong).unwrap_err(), PictureError::Unreadable, "{wrong:?}");
        }
    }

    #[test]
    fn a_bomb_is_refused_by_its_head() {
        // A PNG of a few bytes that says it has 40,000 by 40,000 pixels.
        let mut png = file(&picture(2, 2), ImageFormat::Png);
        png[16..20].copy_from_slice(&40_000_u32.to_be_bytes());
        png[20..24].copy_from_slice(&40_000_u32.to_be_bytes());
        let crc = crc32(&png[12..29]).to_be_bytes();
        png[29..33].copy_from_slice(&crc);
        assert_eq!(drawn(&png).unwrap_err(), PictureError::TooLarge);
        let mut jpeg = file(&picture(64, 64), ImageFormat::Jpeg);
        jpeg.extend([0xff, 0xda].repeat(MOST_SCANS));
        assert_eq!(drawn(&jpeg).unwrap_err(), PictureError::TooLarge);
    }

    fn crc32(bytes: &[u8]) -> u32 {
        let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
    }

    #[tokio::test]
    async fn so_many_are_received_at_a_time_and_no_more() {
        let pictures = Pictures::default();
        let admitted: Vec<_> = (0..RECEIVED).map(|_| pictures.admit().unwrap()).collect();
        assert_eq!(pictures.admit().map(drop), Err(PictureError::Busy));
        drop(admitted);
        assert!(pictures.admit().is_ok());
    }
}
