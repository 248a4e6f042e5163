// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/torsion-go/torsion/logger/jsonlog"
	"github.com/torsion-go/torsion/logger/loggertest"
	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/assert"
)

// TestFollow follows a file over appending, rotation and cutting. What is written next is written when the event before has come.
func TestFollow(t *testing.T) {
	trial.Bubble(t, func(tc *trial.Case) {
		path := filepath.Join(tc.TempDir(), "log")
		write := func(flag int, text string) {
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|flag, 0o600)
			assert.NoError(tc, err)
			defer f.Close()
			_, err = f.WriteString(text)
			assert.NoError(tc, err)
		}
		write(0, "\x1e{\"n\": 0}\n\x1e{\"n\"")
		limit, cancel := context.WithTimeout(tc.Context(), time.Hour) // of the bubble, in which the file is looked at in the usual interval
		defer cancel()
		stop, finish := context.WithCancelCause(limit)
		defer finish(nil)
		done := errors.New("done")
		var got []int64
		var end error
		for e, err := range jsonlog.Follow(stop, path, 0, jsonlog.ReadConfig{}) {
			if end = err; err != nil {
				break
			}
			got = append(got, loggertest.Value(e, "n").Int64())
			switch got[len(got)-1] {
			case 0:
				write(os.O_APPEND, ": 1}\n")
			case 1:
				write(os.O_APPEND, "\x1e{\"n\": 2}\n")
				assert.NoError(tc, os.Rename(path, path+".1"))
			case 2:
				write(0, "\x1e{\"n\": 3, \"long\": \"xxxxxxxxxxxxxxxxxxx\"}\n")
			case 3:
				write(os.O_TRUNC, "\x1e{\"n\": 4}\n")
			case 4:
				finish(done)
			}
		}
		assert.Equal(tc, got, []int64{0, 1, 2, 3, 4})
		assert.ErrorIs(tc, end, done)
		for _, err := range jsonlog.Follow(tc.Context(), filepath.Join(tc.TempDir(), "none"), 0, jsonlog.ReadConfig{}) {
			assert.ErrorIs(tc, err, fs.ErrNotExist)
		}
	})
}
