// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package load

import (
	"encoding/json"
	"math/bits"
	"time"
)

// A Histogram counts durations in buckets whose width grows with the duration: each power of two has 64 of them, so that a quantile is at most 1.6 % too
// high. It has a fixed size, and recording allocates nothing. The zero value is empty.
type Histogram struct {
	buckets [bucketCount]uint32
	count   uint64
}

const (
	subBits     = 6
	subBuckets  = 1 << subBits
	topBits     = 40 // longer than 2^40 ns, 18 minutes, goes to the last bucket
	bucketCount = (topBits - subBits + 1) * subBuckets
)

func bucketOf(d time.Duration) int {
	v := uint64(max(d, 0))
	if v < subBuckets {
		return int(v)
	}
	shift := bits.Len64(v) - subBits - 1
	return min((shift<<subBits)+int(v>>shift), bucketCount-1)
}

// upper returns the longest duration of bucket i.
func upper(i int) time.Duration {
	if i < subBuckets {
		return time.Duration(i)
	}
	shift := i>>subBits - 1
	return time.Duration((uint64(i&(subBuckets-1)|subBuckets)+1)<<shift - 1)
}

// Record counts one duration.
func (h *Histogram) Record(d time.Duration) {
	h.buckets[bucketOf(d)]++
	h.count++
}

// Count returns how many durations were recorded.
func (h *Histogram) Count() uint64 { return h.count }

// Quantile returns the duration that a share q of all, between 0 and 1, does not exceed; 0 when nothing was recorded.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank := max(uint64(q*float64(h.count)+0.5), 1)
	var seen uint64
	for i, n := range h.buckets {
		if seen += uint64(n); seen >= rank && n > 0 {
			return upper(i)
		}
	}
	return 0
}

// Merge adds what o counted.
func (h *Histogram) Merge(o *Histogram) {
	for i, n := range o.buckets {
		h.buckets[i] += n
	}
	h.count += o.count
}

// Reset empties it.
func (h *Histogram) Reset() { *h = Histogram{} }

// MarshalJSON writes the buckets that are not empty, by number.
func (h Histogram) MarshalJSON() ([]byte, error) {
	sparse := map[int]uint32{}
	for i, n := range h.buckets {
		if n > 0 {
			sparse[i] = n
		}
	}
	return json.Marshal(sparse)
}

// UnmarshalJSON reads what MarshalJSON wrote. Buckets that do not exist are passed over.
func (h *Histogram) UnmarshalJSON(p []byte) error {
	sparse := map[int]uint32{}
	if err := json.Unmarshal(p, &sparse); err != nil {
		return err
	}
	h.Reset()
	for i, n := range sparse {
		if i >= 0 && i < bucketCount {
			h.buckets[i] = n
			h.count += uint64(n)
		}
	}
	return nil
}
