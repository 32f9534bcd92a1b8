//! How much memory all requests hold together: one account of heads, bodies and answers.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;

/// What a connection is charged for while it has buffers: two of 8 KiB, what HTTP keeps beside
/// them, and a small answer, in bytes.
pub const AWAKE_SIZE_BYTES: usize = 24 << 10;
/// Up to this size an answer is paid for by that, in bytes.
pub const SMALL_ANSWER_SIZE_BYTES: usize = 4 << 10;

/// What all requests hold, and may hold.
#[derive(Debug)]
pub struct Account {
    size_bytes: usize,
    taken_bytes: AtomicUsize,
    /// How much has been taken since the beginning, in bytes.
    turnover: AtomicUsize,
}

/// For what memory is asked. The last parts of it are kept for what takes little and for what must
/// be answered, so that what takes much keeps nobody else out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Large heads and bodies: up to a half. An allocator takes up to twice what is asked for them,
    /// since each has a size of its own, which changes as it arrives.
    Large,
    /// Large answers: up to three quarters.
    Answer,
    /// Small heads and bodies for which the client has to be waited: up to thirteen sixteenths.
    Waiting,
    /// What every request takes: up to seven eighths.
    Small,
    /// The same for management: all of it.
    Management,
}

impl Claim {
    /// For what something small asks that the client has to be waited for.
    #[must_use]
    pub fn waiting(self) -> Self {
        if self == Self::Small { Self::Waiting } else { self }
    }
}

impl Account {
    /// So many bytes for all.
    #[must_use]
    pub fn new(size_bytes: usize) -> Self {
        Self { size_bytes, taken_bytes: AtomicUsize::new(0), turnover: AtomicUsize::new(0) }
    }

    /// How much has been taken since the beginning, in bytes; it wraps.
    #[must_use]
    pub fn turnover_bytes(&self) -> usize {
        self.turnover.load(Ordering::Relaxed)
    }

    /// How much there is for all, in bytes.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.size_bytes
    }

    /// How much is taken, in bytes.
    #[must_use]
    pub fn taken_bytes(&self) -> usize {
        self.taken_bytes.load(Ordering::Relaxed)
    }

    /// Takes so many bytes; false if there is no room for them, in which case nothing is taken.
    #[must_use]
    pub fn take(&self, size_bytes: usize, claim: Claim) -> bool {
        let most = self.most(claim);
        let before = self.taken_bytes.fetch_add(size_bytes, Ordering::Relaxed);
        let fits = before.saturating_add(size_bytes) <= most;
        if fits {
            self.turnover.fetch_add(size_bytes, Ordering::Relaxed);
        } else {
            self.give(size_bytes);
        }
        fits
    }

    /// Whether there would be room for so many bytes if nobody else had any.
    #[must_use]
    pub fn can_hold(&self, size_bytes: usize, claim: Claim) -> bool {
        size_bytes <= self.most(claim)
    }

    fn most(&self, claim: Claim) -> usize {
        match claim {
            Claim::Large => self.size_bytes / 2,
            Claim::Answer => self.size_bytes - self.size_bytes / 4,
            Claim::Waiting => self.size_bytes - self.size_bytes / 16 * 3,
            Claim::Small => self.size_bytes - self.size_bytes / 8,
            Claim::Management => self.size_bytes,
        }
    }

    /// Takes so many bytes that somebody else is about to give.
    pub fn take_over(&self, size_bytes: usize) {
        self.turnover.fetch_add(size_bytes, Ordering::Relaxed);
        self.taken_bytes.fetch_add(size_bytes, Ordering::Relaxed);
    }

    /// Gives bytes back.
    pub fn give(&self, size_bytes: usize) {
        self.taken_bytes.fetch_sub(size_bytes, Ordering::Relaxed);
    }
}

/// Bytes of the account, given back when dropped.
#[derive(Debug)]
struct Charge {
    account: Arc<Account>,
    size_bytes: usize,
}

impl Charge {
    fn take(account: &Arc<Account>, size_bytes: usize, claim: Claim) -> Option<Self> {
        let is_taken = account.take(size_bytes, claim);
        is_taken.then(|| Self { account: Arc::clone(account), size_bytes })
    }

    fn take_over(account: &Arc<Account>, size_bytes: usize) -> Self {
        account.take_over(size_bytes);
        Self { account: Arc::clone(account), size_bytes }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.account.give(self.size_bytes);
    }
}

/// An answer that is on the account until the last byte of it is out of our hands.
struct Counted {
    bytes: Bytes,
    _charge: Charge,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Puts an answer on the account; none if there is no room for it, and nobody makes some.
#[must_use]
pub fn counted(
    bytes: Bytes,
    account: &Arc<Account>,
    makes_room: impl FnOnce() -> bool,
) -> Option<Bytes> {
    let Reserved(charge) = reserved(bytes.len(), account, makes_room)?;
    Some(Bytes::from_owner(Counted { bytes, _charge: charge }))
}

/// Room for what is under way of an answer that comes piece by piece, given back when dropped.
#[derive(Debug)]
pub struct Reserved(Charge);

/// Takes room for an answer that comes piece by piece; none if there is none, and nobody makes
/// some.
#[must_use]
pub fn reserved(
    size_bytes: usize,
    account: &Arc<Account>,
    makes_room: impl FnOnce() -> bool,
) -> Option<Reserved> {
    let charge = Charge::take(account, size_bytes, Claim::Answer)
        .or_else(|| makes_room().then(|| Charge::take_over(account, size_bytes)))?;
    Some(Reserved(charge))
}

/// An answer that many get, and that is in memory and on the account once. It is an extension of
/// each response whose body it is.
#[derive(Clone, Debug)]
pub struct Shared(Arc<Text>);

#[derive(Debug)]
struct Text {
    bytes: Vec<u8>,
    charge: Mutex<Option<Charge>>,
}

impl Shared {
    /// Shares these bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Text { bytes, charge: Mutex::default() }))
    }

    /// All bytes, without a copy.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        Bytes::from_owner(self.clone())
    }

    /// Puts them on the account, if they are not there yet; false if there is no room for them.
    #[must_use]
    pub fn is_counted(&self, account: &Arc<Account>) -> bool {
        let mut charge = self.0.charge.lock().unwrap_or_else(PoisonError::into_inner);
        if charge.is_none() {
            *charge = Charge::take(account, self.0.bytes.len(), Claim::Answer);
        }
        charge.is_some()
    }

    /// Does not keep them.
    #[must_use]
    pub fn downgrade(&self) -> Weak {
        Weak(Arc::downgrade(&self.0))
    }
}

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0.bytes
    }
}

/// A shared answer for as long as anybody is being sent it.
#[derive(Clone, Debug, Default)]
pub struct Weak(std::sync::Weak<Text>);

impl Weak {
    /// The answer, if anybody has it still.
    #[must_use]
    pub fn upgrade(&self) -> Option<Shared> {
        self.0.upgrade().map(Shared)
    }
}
