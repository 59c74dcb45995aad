//! The door of a listener: how many connections there may be, and how fast one address may make
//! them. Whoever comes is let in; where there is no room, the one that has been there longest goes,
//! of the address that has most. So somebody who holds connections pushes himself out, and an honest
//! handshake, which takes milliseconds, is never the longest.
//!
//! Never: believe that an address is one person.

use borne_gateway_model::Moment;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// What a door allows.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Connections in all.
    pub all: usize,
    /// Of one address (or certificate).
    pub each: usize,
    /// New ones of one address in a second, lasting.
    pub per_second: u32,
    /// New ones of one address at once.
    pub burst: u32,
}

/// The door. `K` is what counts as one: a [`network`], or a certificate's fingerprint.
pub struct Door<K> {
    room: Room,
    inside: Mutex<Inside<K>>,
}

struct Inside<K> {
    number: u64,
    here: BTreeMap<u64, (K, Arc<Notify>)>,
    counts: HashMap<K, usize>,
    paces: HashMap<K, Pace>,
}

/// Tokens, a thousand to each connection, and when they were counted. Refusals may make them a debt.
struct Pace {
    tokens: i64,
    at: Moment,
}

/// A place inside; it is free again when this is dropped.
pub struct Place<K: Copy + Eq + Hash> {
    door: Arc<Door<K>>,
    number: u64,
    of: K,
    leave: Arc<Notify>,
}

/// What one refused request costs, in connections.
const REFUSED: i64 = 5;
const HOUR_MS: i64 = 3_600_000;
/// Keys of which the pace is remembered.
const PACES: usize = 4096;

impl<K: Copy + Eq + Hash> Door<K> {
    /// A door with this much room behind it.
    pub fn new(room: Room) -> Arc<Self> {
        let (here, counts, paces) = (BTreeMap::new(), HashMap::new(), HashMap::new());
        Arc::new(Self { room, inside: Mutex::new(Inside { number: 0, here, counts, paces }) })
    }

    /// A place, unless this one comes too fast.
    pub fn enter(self: &Arc<Self>, of: K, steady: Moment) -> Option<Place<K>> {
        let mut inside = self.inside();
        if !inside.may_come(of, self.room, steady) {
            return None;
        }
        if inside.counts.get(&of).is_some_and(|count| *count >= self.room.each) {
            inside.send_away(|_, key| *key == of);
        } else if inside.here.len() >= self.room.all {
            let most = inside.counts.values().copied().max();
            inside.send_away(|counts, key| counts.get(key).copied() == most);
        }
        inside.number += 1;
        let (number, leave) = (inside.number, Arc::new(Notify::new()));
        inside.here.insert(number, (of, Arc::clone(&leave)));
        *inside.counts.entry(of).or_default() += 1;
        Some(Place { door: Arc::clone(self), number, of, leave })
    }

    fn inside(&self) -> MutexGuard<'_, Inside<K>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Copy + Eq + Hash> Inside<K> {
    fn may_come(&mut self, of: K, room: Room, now: Moment) -> bool {
        if self.paces.len() >= PACES {
            // Whoever has been away for a minute is as good as new.
            self.paces.retain(|_, pace| now.0 - pace.at.0 < 60_000);
        }
        let full = i64::from(room.burst) * 1000;
        let pace = self.paces.entry(of).or_insert(Pace { tokens: full, at: now });
        let passed = now.0.saturating_sub(pace.at.0).clamp(0, HOUR_MS);
        pace.tokens = (pace.tokens + passed * i64::from(room.per_second)).min(full);
        pace.at = now;
        let may = pace.tokens >= 1000;
        pace.tokens -= if may { 1000 } else { 0 };
        may
    }

    /// Sends the longest there away, of those that are meant.
    fn send_away(&mut self, meant: impl Fn(&HashMap<K, usize>, &K) -> bool) {
        let mut longest = self.here.iter().filter(|(_, (key, _))| meant(&self.counts, key));
        if let Some(number) = longest.next().map(|(number, _)| *number)
            && let Some(leave) = self.leave(number)
        {
            leave.notify_one();
        }
    }

    fn leave(&mut self, number: u64) -> Option<Arc<Notify>> {
        let (of, leave) = self.here.remove(&number)?;
        if let Entry::Occupied(mut count) = self.counts.entry(of) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
        Some(leave)
    }
}

impl<K: Copy + Eq + Hash> Place<K> {
    /// Waits until the place is needed for somebody else.
    pub async fn taken(&self) {
        self.leave.notified().await;
    }

    /// A request of this connection was refused: those to come will have to come slower.
    pub fn refused(&self) {
        let most = i64::from(self.door.room.burst) * 1000;
        if let Some(pace) = self.door.inside().paces.get_mut(&self.of) {
            pace.tokens = (pace.tokens - REFUSED * 1000).max(-most);
        }
    }
}

impl<K: Copy + Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let _gone = self.door.inside().leave(self.number);
    }
}

/// What counts as one stranger: an IPv4 address, or the /64 of an IPv6 address.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        four => four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const ROOM: Room = Room { all: 4, each: 3, per_second: 10, burst: 100 };

    fn host(number: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(127, 0, 0, number))
    }

    fn is_sent_away(place: &Place<IpAddr>) -> bool {
        !place.door.inside().here.contains_key(&place.number)
    }

    #[test]
    fn whoever_holds_most_makes_room_for_others() {
        let door = Door::new(ROOM);
        let enter = |number| door.enter(host(number), Moment(0)).unwrap();
        let honest = enter(1);
        let held: Vec<_> = (0..3).map(|_| enter(2)).collect();
        let (second, third) = (enter(3), enter(4));
        assert_eq!([&held[0], &held[1], &held[2]].map(is_sent_away), [true, true, false]);
        assert!(![&honest, &second, &third].into_iter().any(is_sent_away));
    }

    #[test]
    fn one_address_has_its_bound_even_where_there_is_room() {
        let door = Door::new(ROOM);
        let held: Vec<_> = (0..4).map(|_| door.enter(host(2), Moment(0)).unwrap()).collect();
        assert!(is_sent_away(&held[0]) && !is_sent_away(&held[3]));
    }

    #[test]
    fn one_address_comes_only_so_fast_and_refusals_slow_it() {
        let door = Door::new(Room { burst: 10, ..ROOM });
        let count = |now| (0..50).filter(|_| door.enter(host(2), Moment(now)).is_some()).count();
        assert_eq!(count(0), 10);
        assert_eq!(count(1000), 10, "ten a second");
        assert!(door.enter(host(3), Moment(1000)).is_some(), "another one is not slowed");
        let place = door.enter(host(2), Moment(2000)).unwrap();
        place.refused();
        assert_eq!(count(2000), 4);
    }

    #[test]
    fn neighbours_of_one_ipv6_network_count_as_one() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
    }
}
