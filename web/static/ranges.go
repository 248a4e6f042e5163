// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static

import (
	"slices"
	"strconv"
	"strings"
)

// A span is a part of a file.
type span struct{ start, length int64 }

// contentRange returns the value of Content-Range for s of a file of that size.
func (s span) contentRange(size int64) string {
	return "bytes " + strconv.FormatInt(s.start, 10) + "-" + strconv.FormatInt(s.start+s.length-1, 10) + "/" + strconv.FormatInt(size, 10)
}

// ranges reads a Range header (RFC 9110 section 14.2). No spans and ok mean that the whole file is to be sent: the header is malformed, of another unit, or asks for too
// much; not ok means that no range lies within the file. Spans that overlap or touch are joined.
func ranges(header string, size int64, limit int) (spans []span, ok bool) {
	unit, set, found := strings.Cut(header, "=")
	if !found || !strings.EqualFold(strings.TrimSpace(unit), "bytes") {
		return nil, true
	}
	n := 0
	for el := range strings.SplitSeq(set, ",") {
		if el = strings.Trim(el, " \t"); el == "" {
			continue
		}
		if n++; n > limit {
			return nil, true
		}
		s, valid := parseSpan(el, size)
		if !valid {
			return nil, true
		}
		if s.length > 0 {
			spans = append(spans, s)
		}
	}
	if n == 0 {
		return nil, true
	}
	if len(spans) == 0 {
		return nil, false
	}
	spans = join(spans)
	if len(spans) > 1 && total(spans) >= size {
		return nil, true
	}
	return spans, true
}

// parseSpan reads first-last, first- or -suffix. A span without length is beyond the end.
func parseSpan(s string, size int64) (span, bool) {
	first, last, found := strings.Cut(s, "-")
	if !found {
		return span{}, false
	}
	if first == "" {
		n, ok := digits(last)
		if !ok {
			return span{}, false
		}
		n = min(n, size)
		return span{size - n, n}, true
	}
	start, ok := digits(first)
	if !ok {
		return span{}, false
	}
	end := size - 1
	if last != "" {
		n, ok := digits(last)
		if !ok || n < start {
			return span{}, false
		}
		end = min(end, n)
	}
	return span{start, max(0, end-start+1)}, true
}

// digits reads a number; one too large to be the size of a file is the largest.
func digits(s string) (int64, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 62)
	if err != nil {
		n = 1<<61 - 1
	}
	return n, true
}

// join puts spans together that overlap or touch. Their order is kept where nothing is to be joined.
func join(spans []span) []span {
	sorted := slices.SortedFunc(slices.Values(spans), func(a, b span) int {
		switch {
		case a.start < b.start:
			return -1
		case a.start > b.start:
			return 1
		}
		return 0
	})
	joined := sorted[:1]
	for _, s := range sorted[1:] {
		last := &joined[len(joined)-1]
		if s.start > last.start+last.length {
			joined = append(joined, s)
			continue
		}
		last.length = max(last.length, s.start+s.length-last.start)
	}
	if len(joined) == len(spans) {
		return spans
	}
	return joined
}

func total(spans []span) (n int64) {
	for _, s := range spans {
		n += s.length
	}
	return n
}
