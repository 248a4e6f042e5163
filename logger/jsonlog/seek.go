// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonlog

import (
	"bufio"
	"fmt"
	"io"
	"time"
)

// SeekTime moves f to the first record that is not older than t, or to its end, by bisection: it reads little of a large file. The records must be in the order of their times, as a log's
// are nearly; those that cannot be read, have no time, or are longer than 1 MiB, are passed over. The separator is RecordSeparator or none. A Reader made then reads on from there.
func SeekTime(f io.ReadSeeker, t time.Time) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("jsonlog: seeking: %w", err)
	}
	low, high := int64(0), size // the record is at low or behind, and at high or before
	for low < high {
		middle := low + (high-low)/2
		start, next, younger, err := recordAt(f, middle, low, high, t)
		if err != nil {
			return fmt.Errorf("jsonlog: seeking: %w", err)
		}
		switch {
		case start >= high: // none begins between middle and high
			high = middle
		case younger:
			high = start
		default:
			low = next
		}
	}
	_, err = f.Seek(low, io.SeekStart)
	return err
}

// recordAt finds the first record that begins at from or behind it, and before high, and tells where it begins and ends and whether it is at t or later.
func recordAt(f io.ReadSeeker, from, low, high int64, t time.Time) (start, next int64, younger bool, err error) {
	start = from
	if from > low {
		start = from - 1 // a line may begin at from itself
	}
	if _, err = f.Seek(start, io.SeekStart); err != nil {
		return 0, 0, false, err
	}
	r := bufio.NewReader(f)
	if from > low {
		_, n, err := readLine(r, 0)
		start += n
		if err == io.EOF {
			return high, high, false, nil
		} else if err != nil {
			return 0, 0, false, err
		}
	}
	for start < high {
		line, n, err := readLine(r, maxSeekLine)
		if err != nil && err != io.EOF {
			return 0, 0, false, err
		}
		if len(line) > 0 && line[0] == RecordSeparator[0] {
			line = line[1:]
		}
		if e, bad := Parse(line); bad == nil && !e.Time.IsZero() {
			return start, start + n, !e.Time.Before(t), nil
		}
		if err == io.EOF {
			break
		}
		start += n
	}
	return high, high, false, nil
}

// maxSeekLine bounds what is held of a line, in octets.
const maxSeekLine = 1 << 20

// readLine returns the next line, nil if it is longer than keep octets, and how many octets it has.
func readLine(r *bufio.Reader, keep int) (line []byte, n int64, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if n += int64(len(part)); n <= int64(keep) {
			line = append(line, part...)
		} else {
			line = nil
		}
		if err != bufio.ErrBufferFull {
			return line, n, err
		}
	}
}
