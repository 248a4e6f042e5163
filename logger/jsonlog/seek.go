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
// are nearly; those that cannot be read, or have no time, count as older. The separator is RecordSeparator or none. A Reader made then reads on from there.
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

// recordAt finds the first line that begins at from or behind it, and tells where it begins and ends and whether it is at t or later.
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
		skipped, err := r.ReadBytes('\n')
		start += int64(len(skipped))
		if err == io.EOF {
			return high, high, false, nil
		} else if err != nil {
			return 0, 0, false, err
		}
	}
	line, err := r.ReadBytes('\n')
	if err != nil && err != io.EOF {
		return 0, 0, false, err
	}
	next = start + int64(len(line))
	if len(line) > 0 && line[0] == RecordSeparator[0] {
		line = line[1:]
	}
	e, err := Parse(line)
	return start, next, err == nil && !e.Time.IsZero() && !e.Time.Before(t), nil
}
