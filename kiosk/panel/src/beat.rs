//! On and off over time: the rhythm of a light, the beeps of a sound. Pure.

use std::time::Duration;

/// Milliseconds on and off in turn, beginning with on.
pub type Beat = &'static [u16];

/// Longest flash at night.
pub const FLASH: Duration = Duration::from_millis(60);

/// Whether it is on so long after its start, and how long it surely stays so.
pub fn once(beat: Beat, elapsed: Duration) -> (bool, Option<Duration>) {
    let mut end = Duration::ZERO;
    for (turn, length) in beat.iter().enumerate() {
        end += Duration::from_millis((*length).into());
        if elapsed < end {
            return (turn % 2 == 0, Some(end - elapsed));
        }
    }
    (false, None)
}

/// The same for a beat that begins again when it ends; each time on lasts `most` at most.
pub fn repeating(beat: Beat, most: Option<Duration>, elapsed: Duration) -> (bool, Duration) {
    let whole = length(beat).max(Duration::from_millis(1));
    let elapsed = Duration::from_nanos(
        u64::try_from(elapsed.as_nanos() % whole.as_nanos()).unwrap_or_default(),
    );
    let (mut begin, mut on) = (Duration::ZERO, true);
    for length in beat {
        let end = begin + Duration::from_millis((*length).into());
        if elapsed < end {
            let dark = most.map_or(end, |most| end.min(begin + most));
            return match on && elapsed < dark {
                true => (true, dark - elapsed),
                false => (false, end - elapsed),
            };
        }
        (begin, on) = (end, !on);
    }
    (false, whole - elapsed)
}

/// How long one round of it is.
pub fn length(beat: Beat) -> Duration {
    beat.iter().map(|length| Duration::from_millis((*length).into())).sum()
}

/// The sounds that are played one after the other, at most two of them: a new one waits for the end
/// of the first, so that "read" is heard whole before "wrong".
#[derive(Default)]
pub struct Sounds {
    playing: Option<(Beat, Duration)>,
    next: Beat,
}

/// Silence between two sounds.
const PAUSE: Duration = Duration::from_millis(120);

impl Sounds {
    /// Plays this at `now`, or after the one that is playing. Nothing happens for an empty one.
    pub fn play(&mut self, sound: Beat, now: Duration) {
        match self.playing {
            _ if sound.is_empty() => {}
            Some(_) => self.next = sound,
            None => self.playing = Some((sound, now)),
        }
    }

    /// Forgets what is playing.
    pub fn stop(&mut self) {
        *self = Self::default();
    }

    /// Whether the buzzer is on at `now`, and how long it surely stays so; `None`: until the next
    /// `play`.
    pub fn at(&mut self, now: Duration) -> (bool, Option<Duration>) {
        let Some((sound, since)) = self.playing else { return (false, None) };
        let elapsed = now.saturating_sub(since);
        let end = length(sound) + PAUSE;
        if elapsed >= end {
            let next = std::mem::take(&mut self.next);
            self.playing = (!next.is_empty()).then_some((next, now));
            return match self.playing {
                Some((sound, _)) => once(sound, Duration::ZERO),
                None => (false, None),
            };
        }
        let (on, rest) = once(sound, elapsed);
        (on, rest.or(Some(end - elapsed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_beat_is_on_first_and_ends_off() {
        assert_eq!(once(&[60, 40, 60], ms(0)), (true, Some(ms(60))));
        assert_eq!(once(&[60, 40, 60], ms(70)), (false, Some(ms(30))));
        assert_eq!(once(&[60, 40, 60], ms(159)), (true, Some(ms(1))));
        assert_eq!(once(&[60, 40, 60], ms(160)), (false, None));
        assert_eq!(once(&[], ms(0)), (false, None));
    }

    #[test]
    fn a_rhythm_begins_again_and_only_flashes_at_night() {
        assert_eq!(repeating(&[500, 500], None, ms(1250)), (true, ms(250)));
        assert_eq!(repeating(&[500, 500], None, ms(1750)), (false, ms(250)));
        assert_eq!(repeating(&[500, 500], Some(FLASH), ms(1030)), (true, ms(30)));
        assert_eq!(repeating(&[500, 500], Some(FLASH), ms(1060)), (false, ms(440)));
        assert!(repeating(&[], None, ms(5)).1 > Duration::ZERO);
    }

    #[test]
    fn a_sound_waits_for_the_one_before_and_the_buzzer_rests_after_it() {
        let mut sounds = Sounds::default();
        sounds.play(&[60], ms(0));
        sounds.play(&[100], ms(20));
        assert_eq!(sounds.at(ms(20)), (true, Some(ms(40))));
        assert_eq!(sounds.at(ms(60)), (false, Some(ms(120))));
        assert_eq!(sounds.at(ms(180)), (true, Some(ms(100))));
        assert_eq!(sounds.at(ms(280)), (false, Some(ms(120))));
        assert_eq!(sounds.at(ms(400)), (false, None));
    }
}
