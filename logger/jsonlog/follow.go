// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonlog

import (
	"context"
	"io"
	"iter"
	"os"
	"time"

	"github.com/torsion-go/torsion/logger"
)

// FollowInterval is how often Follow looks for more by default.
const FollowInterval = 250 * time.Millisecond

// Follow returns an iterator over the events of the file at path, those to come too, until ctx ends, whose cause it yields last. When the file is replaced, as rotation does, it goes on with the new one
// after the end of the old; when it is cut, from its beginning. It looks every interval (0: FollowInterval), on the goroutine of the caller, which it blocks: never on a reactor's loop.
func Follow(ctx context.Context, path string, interval time.Duration, c ReadConfig) iter.Seq2[*logger.Event, error] {
	return func(yield func(*logger.Event, error) bool) {
		if interval <= 0 {
			interval = FollowInterval
		}
		f, err := os.Open(path)
		for err == nil {
			var again bool
			again, err = followOne(ctx, f, path, interval, c, yield)
			f.Close()
			if !again {
				break
			}
			f, err = os.Open(path)
			for os.IsNotExist(err) { // between the steps of a rotation
				if err = sleep(ctx, interval); err == nil {
					f, err = os.Open(path)
				}
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// followOne reads one file until it is replaced or cut: again is true then.
func followOne(ctx context.Context, f *os.File, path string, interval time.Duration, c ReadConfig, yield func(*logger.Event, error) bool) (again bool, err error) {
	d := NewReader(f, c)
	var read int64
	ended := false
	for {
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		record, ok := d.record()
		if !ok && d.ready() {
			record, ok = d.rest(), true
		}
		if ok {
			if e := d.event(record); e != nil && !yield(e, nil) {
				return false, nil
			}
			continue
		}
		n := len(d.buf)
		d.err = nil
		d.fill()
		if got := len(d.buf) - n; got > 0 {
			read += int64(got)
			ended = false
			continue
		}
		if d.err != nil && d.err != io.EOF {
			return false, d.err
		}
		if ended {
			if rest := d.rest(); len(rest) > 0 {
				if e := d.event(rest); e != nil && !yield(e, nil) {
					return false, nil
				}
			}
			return true, nil
		}
		if ended = replaced(f, path, read); !ended { // what was written before it was replaced is read first
			if err := sleep(ctx, interval); err != nil {
				return false, err
			}
		}
	}
}

// replaced reports whether path is another file than f now, or f was cut.
func replaced(f *os.File, path string, read int64) bool {
	mine, err := f.Stat()
	if err != nil {
		return false
	}
	if mine.Size() < read {
		return true
	}
	now, err := os.Stat(path)
	return err == nil && !os.SameFile(mine, now)
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
