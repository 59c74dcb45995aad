//! Frames between host and PN532 on the serial line (NXP UM0701-02, section 6.2.1): normal and
//! extended information frames, ACK and NACK, and the host's wake-up bytes.

/// Acknowledges a command; from the host, aborts the one that runs.
pub const ACK: [u8; 6] = [0x00, 0x00, 0xff, 0x00, 0xff, 0x00];
/// Asks to repeat the last frame.
pub const NACK: [u8; 6] = [0x00, 0x00, 0xff, 0xff, 0x00, 0x00];
/// "Syntax error" application-level frame (UM0701-02, 6.2.1.5).
pub const SYNTAX_ERROR: [u8; 8] = [0x00, 0x00, 0xff, 0x01, 0xff, 0x7f, 0x81, 0x00];

const START: [u8; 3] = [0x00, 0x00, 0xff];
const FROM_HOST: u8 = 0xd4;
const FROM_CHIP: u8 = 0xd5;

/// What the host sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// ACK: stop the running command.
    Abort,
    /// NACK: repeat.
    Repeat,
    /// Command code and parameters.
    Command(Vec<u8>),
    /// A frame with a wrong checksum or direction.
    Damaged,
}

/// Collects bytes and hands out frames.
#[derive(Default)]
pub struct Decoder {
    buffer: Vec<u8>,
}

impl Decoder {
    /// Adds what came over the line.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame. Wake-up bytes (55 and zeros) before it are skipped.
    pub fn next_frame(&mut self) -> Option<Incoming> {
        let Some(at) = self.buffer.windows(3).position(|window| window == START) else {
            // Two zeros may be the beginning of a frame; the rest is wake-up.
            let keep = self.buffer.len().min(2);
            self.buffer.drain(..self.buffer.len() - keep);
            return None;
        };
        self.buffer.drain(..at);
        let (frame, used) = parse(&self.buffer)?;
        self.buffer.drain(..used);
        Some(frame)
    }
}

/// `None` while bytes are missing; otherwise the frame and how many bytes it took.
fn parse(bytes: &[u8]) -> Option<(Incoming, usize)> {
    let (len, body) = match (*bytes.get(3)?, *bytes.get(4)?) {
        (0x00, 0xff) => return bytes.get(5).map(|_| (Incoming::Abort, 6)),
        (0xff, 0x00) => return bytes.get(5).map(|_| (Incoming::Repeat, 6)),
        (0xff, 0xff) => {
            let (high, low, sum) = (*bytes.get(5)?, *bytes.get(6)?, *bytes.get(7)?);
            if high.wrapping_add(low).wrapping_add(sum) != 0 {
                return Some((Incoming::Damaged, 3));
            }
            (usize::from(u16::from_be_bytes([high, low])), 8)
        }
        (len, sum) if len.wrapping_add(sum) == 0 => (usize::from(len), 5),
        _ => return Some((Incoming::Damaged, 3)),
    };
    let data = bytes.get(body..body + len)?;
    let checksum = *bytes.get(body + len)?;
    let used = body + len + 2;
    bytes.get(used - 1)?;
    let intact = data.iter().fold(checksum, |sum, byte| sum.wrapping_add(*byte)) == 0;
    let frame = match data {
        [FROM_HOST, command @ ..] if intact && !command.is_empty() => {
            Incoming::Command(command.to_vec())
        }
        _ => Incoming::Damaged,
    };
    Some((frame, used))
}

/// The chip's answer to `command` with these data.
#[must_use]
pub fn response(command: u8, data: &[u8]) -> Vec<u8> {
    let mut body = vec![FROM_CHIP, command.wrapping_add(1)];
    body.extend_from_slice(data);
    let mut frame = START.to_vec();
    match u8::try_from(body.len()) {
        Ok(len) => frame.extend([len, len.wrapping_neg()]),
        Err(_) => {
            let [high, low] = u16::try_from(body.len()).unwrap_or(u16::MAX).to_be_bytes();
            frame.extend([0xff, 0xff, high, low, high.wrapping_add(low).wrapping_neg()]);
        }
    }
    let sum = body.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    frame.extend(body);
    frame.extend([sum.wrapping_neg(), 0x00]);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(body: &[u8]) -> Vec<u8> {
        let mut frame = response(0, &body[1..]);
        let sum = body.iter().fold(FROM_HOST, |sum, byte| sum.wrapping_add(*byte));
        let header = if body.len() + 1 < 256 { 5 } else { 8 };
        (frame[header], frame[header + 1]) = (FROM_HOST, body[0]);
        let at = frame.len() - 2;
        frame[at] = sum.wrapping_neg();
        frame
    }

    #[test]
    fn a_command_survives_being_cut_anywhere_after_a_wake_up() {
        for body in [vec![0x02], vec![0x14; 300]] {
            let bytes = [&[0x55, 0x55, 0x00, 0x00, 0x00][..], &command(&body), &ACK].concat();
            for cut in 0..bytes.len() {
                let mut decoder = Decoder::default();
                let mut seen = Vec::new();
                for part in [&bytes[..cut], &bytes[cut..]] {
                    decoder.push(part);
                    while let Some(frame) = decoder.next_frame() {
                        seen.push(frame);
                    }
                }
                assert_eq!(
                    seen,
                    [Incoming::Command(body.clone()), Incoming::Abort],
                    "cut at {cut}"
                );
            }
        }
    }

    #[test]
    fn a_wrong_checksum_is_damage_and_what_follows_is_read() {
        let mut bytes = command(&[0x02]);
        bytes[6] ^= 1;
        bytes.extend(command(&[0x04]));
        let mut decoder = Decoder::default();
        decoder.push(&bytes);
        assert_eq!(decoder.next_frame(), Some(Incoming::Damaged));
        assert_eq!(decoder.next_frame(), Some(Incoming::Command(vec![0x04])));
    }
}
