// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logfile

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"
)

// A DailyLogFile rotates when the day has changed: name.2026_11_9 has the lines of that day. If a file of that name exists already, it does not rotate, and goes on
// in the file that it has. It is an io.Writer, safe from any goroutine. Twisted: DailyLogFile.
type DailyLogFile struct{ *base }

// OpenDaily opens or creates the file at path, to append to it. A nil config means the zero Config.
func OpenDaily(path string, config *Config) (*DailyLogFile, error) {
	b, err := open(path, config, daily{})
	if err != nil {
		return nil, err
	}
	return &DailyLogFile{b}, nil
}

// ListLogs returns the days of the old files, the newest first, each as its first moment.
func (f *DailyLogFile) ListLogs() ([]time.Time, error) {
	days, err := f.days()
	var all []time.Time
	for _, d := range slices.Backward(days) {
		all = append(all, time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, f.config.Now().Location()))
	}
	return all, err
}

// Log opens the file of that day for reading: today's is the current one. The error matches fs.ErrNotExist if there is none. Twisted: getLog.
func (f *DailyLogFile) Log(day time.Time) (*LogReader, error) {
	d := dateOf(day)
	f.mu.Lock()
	current := d == f.day
	f.mu.Unlock()
	if current {
		return f.CurrentLog()
	}
	return OpenReader(f.dailyPath(d))
}

// suffix is without padding, as Twisted's.
func (d date) suffix() string { return fmt.Sprintf("%d_%d_%d", d.year, d.month, d.day) }

func (b *base) dailyPath(d date) string { return b.path + "." + d.suffix() }

// days returns the days of the old files, the oldest first.
func (b *base) days() ([]date, error) {
	var all []date
	err := b.eachSuffix(func(suffix string) {
		var d date
		if n, err := fmt.Sscanf(suffix, "%d_%d_%d", &d.year, &d.month, &d.day); n == 3 && err == nil && d.suffix() == suffix {
			all = append(all, d)
		}
	})
	slices.SortFunc(all, func(a, b date) int {
		if a.after(b) {
			return 1
		} else if b.after(a) {
			return -1
		}
		return 0
	})
	return all, err
}

// daily is the scheme of DailyLogFile.
type daily struct{}

func (daily) due(b *base, today date) bool { return today.after(b.day) }

func (daily) shift(b *base) (string, error) {
	to := b.dailyPath(b.day)
	if _, err := b.config.files.Stat(to); err == nil {
		return "", errNotWritable // it is there already
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return to, nil
}

func (daily) prune(b *base) error {
	if b.config.MaxRotated <= 0 {
		return nil
	}
	days, err := b.days()
	if err != nil {
		return err
	}
	for len(days) > b.config.MaxRotated {
		if err := b.config.files.Remove(b.dailyPath(days[0])); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		days = days[1:]
	}
	return nil
}
