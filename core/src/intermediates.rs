//! The certificates of a handshake but its first.

/// The presented certificates but the leaf. Whatever type the caller has them in, there is one engine,
/// compiled with its own optimizations, and not one for each.
#[derive(Clone, Copy)]
pub(crate) struct Intermediates<'s, 'a> {
    count: usize,
    der: &'s dyn Fn(usize) -> Option<&'a [u8]>,
}

impl<'s, 'a> Intermediates<'s, 'a> {
    /// As many, each as told by its position.
    pub(crate) const fn new(count: usize, der: &'s dyn Fn(usize) -> Option<&'a [u8]>) -> Self {
        Self { count, der }
    }

    pub(crate) const fn len(self) -> usize {
        self.count
    }

    #[inline]
    pub(crate) fn get(self, position: usize) -> Option<&'a [u8]> {
        (self.der)(position)
    }

    /// In the order of the handshake.
    #[inline]
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        (0..self.count).map_while(move |position| self.get(position))
    }
}
