// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/torsion-go/torsion/core/lockfile"
)

// DefaultTemp is the folder of a run that the command makes in the current directory, as Twisted's trial does.
const DefaultTemp = "_trial_temp"

// markerFile tells that a folder is one of ours, which may be deleted.
const markerFile = "_trial_marker"

// maxTemps is how many runs at once, or folders that are not ours, are put up with.
const maxTemps = 1000

// A tempDir is the folder of a run.
type tempDir struct {
	dir     string
	lock    *lockfile.Lock
	private bool
}

// openTemp makes the folder anew. One that is there must be ours. While another run has it, the default one gets the suffix -1, -2 and so on, and one that was named is an error.
func openTemp(dir, name string, keep int) (*tempDir, error) {
	if name == "" {
		private, err := os.MkdirTemp("", "trial-")
		if err != nil {
			return nil, fmt.Errorf("runner: the folder of the run: %w", err)
		}
		return &tempDir{dir: private, private: true}, nil
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	base := name
	for n := 1; ; n++ {
		l := lockfile.New(name + ".lock")
		ok, err := l.Lock()
		if err != nil {
			return nil, fmt.Errorf("runner: the folder of the run: %w", err)
		}
		if ok {
			t := &tempDir{dir: name, lock: l}
			if err := t.renew(keep); err != nil {
				return nil, errors.Join(err, l.Unlock())
			}
			return t, nil
		}
		if filepath.Base(base) != DefaultTemp || n >= maxTemps {
			return nil, usage("another run uses the folder %s: name another one by --temp-directory", name)
		}
		name = base + "-" + strconv.Itoa(n)
	}
}

// renew empties the folder, or puts it aside as one of those that are kept: dir.old-1 is the youngest of them.
func (t *tempDir) renew(keep int) error {
	entries, err := os.ReadDir(t.dir)
	if err == nil && len(entries) > 0 {
		if _, err := os.Lstat(filepath.Join(t.dir, markerFile)); err != nil {
			return usage("%s is not the folder of an earlier run: it has no file %s. Nothing in it was deleted. Remove it, or name another folder by --temp-directory", t.dir, markerFile)
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("runner: the folder of the run: %w", err)
	}
	old := func(n int) string { return t.dir + ".old-" + strconv.Itoa(n) }
	if err == nil {
		last := t.dir
		if keep > 0 {
			last = old(keep)
		}
		if err := removeOurs(last); err != nil {
			return err
		}
		for n := keep - 1; n >= 1; n-- {
			if err := os.Rename(old(n), old(n+1)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("runner: keeping the folders of earlier runs: %w", err)
			}
		}
		if keep > 0 {
			if err := os.Rename(t.dir, old(1)); err != nil {
				return fmt.Errorf("runner: keeping the folders of earlier runs: %w", err)
			}
		}
	}
	if err := os.MkdirAll(t.dir, 0o777); err != nil {
		return fmt.Errorf("runner: the folder of the run: %w", err)
	}
	for name, text := range map[string]string{markerFile: "", ".gitignore": "*\n"} {
		if err := os.WriteFile(filepath.Join(t.dir, name), []byte(text), 0o666); err != nil {
			return fmt.Errorf("runner: the folder of the run: %w", err)
		}
	}
	return nil
}

// removeOurs deletes a folder of an earlier run. Without the marker it is somebody else's, and is left alone.
func removeOurs(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, missing := os.Lstat(filepath.Join(dir, markerFile)); err == nil && len(entries) > 0 && missing != nil {
		return usage("%s is not the folder of an earlier run: it has no file %s. Nothing in it was deleted", dir, markerFile)
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("runner: deleting the folder of an earlier run: %w", err)
	}
	return nil
}

func (t *tempDir) path(elem ...string) string {
	return filepath.Join(append([]string{t.dir}, elem...)...)
}

// close gives the folder free, or removes a private one.
func (t *tempDir) close() error {
	if t.private {
		return os.RemoveAll(t.dir)
	}
	return t.lock.Unlock()
}
