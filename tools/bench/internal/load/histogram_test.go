// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package load

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestBuckets(t *testing.T) {
	last := -1
	for _, v := range []time.Duration{-1, 0, 1, 63, 64, 65, 127, 128, 129, 999, time.Microsecond, 4095, 4096, time.Millisecond, time.Second, time.Minute, 18 * time.Minute} {
		i := bucketOf(v)
		if i < last {
			t.Errorf("%v is in bucket %d, below that of a shorter time", v, i)
		}
		last = i
		if up := upper(i); up < v || float64(up) > float64(max(v, 0))*(1+1.0/subBuckets) {
			t.Errorf("%v is in a bucket up to %v", v, up)
		}
	}
	for i := range bucketCount {
		if got := bucketOf(upper(i)); got != i {
			t.Fatalf("the longest of bucket %d is in bucket %d", i, got)
		}
		if i+1 < bucketCount && bucketOf(upper(i)+1) != i+1 {
			t.Fatalf("bucket %d does not begin where bucket %d ends", i+1, i)
		}
	}
	if i := bucketOf(time.Hour); i != bucketCount-1 {
		t.Errorf("an hour is in bucket %d, not in the last", i)
	}
}

func TestQuantiles(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var h, first, second Histogram
	var all []time.Duration
	for i := range 20_000 {
		d := time.Duration(r.ExpFloat64() * float64(time.Millisecond))
		all = append(all, d)
		h.Record(d)
		if i%3 == 0 {
			first.Record(d)
		} else {
			second.Record(d)
		}
	}
	slices.Sort(all)
	first.Merge(&second)
	for _, q := range []float64{0, 0.001, 0.5, 0.9, 0.99, 0.999, 1} {
		want := all[max(int(q*float64(len(all))+0.5), 1)-1]
		got := h.Quantile(q)
		if got < want || float64(got) > float64(want)*(1+1.0/subBuckets)+1 {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
		if merged := first.Quantile(q); merged != got {
			t.Errorf("quantile %v of merged halves is %v, of the whole %v", q, merged, got)
		}
	}
	if h.Count() != uint64(len(all)) {
		t.Errorf("counted %d of %d", h.Count(), len(all))
	}
	h.Reset()
	if h.Count() != 0 || h.Quantile(0.5) != 0 {
		t.Errorf("after a reset there are %d, the median is %v", h.Count(), h.Quantile(0.5))
	}
}

func TestHistogramJSON(t *testing.T) {
	var h, back Histogram
	for i := range 1000 {
		h.Record(time.Duration(i * i))
	}
	p, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(p, &back); err != nil || back != h {
		t.Errorf("what was written is not what is read (%v)", err)
	}
	if err := json.Unmarshal([]byte(`{"999999":1,"-1":2}`), &back); err != nil || back.Count() != 0 {
		t.Errorf("buckets that do not exist: %v, %d counted", err, back.Count())
	}
}
