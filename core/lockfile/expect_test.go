// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package lockfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Who expects a lock can give it up before it was passed on; who expects none, or whose giver was another one, cannot.
func TestExpect(t *testing.T) {
	for _, links := range []bool{true, false} {
		if links && !useLinks {
			continue
		}
		t.Cleanup(SetUseLinks(links))
		l := New(filepath.Join(t.TempDir(), "lock"))
		if ok, err := l.Lock(); !ok || err != nil {
			t.Fatal(ok, err)
		}
		giver := OtherPID(t)
		if err := l.Pass(giver); err != nil {
			t.Fatal(err)
		}
		heir := New(l.Name())
		if err := heir.Unlock(); !errors.Is(err, ErrNotOwner) {
			t.Errorf("links %v: given up without being expected: %v", links, err)
		}
		heir.Expect(OtherPID(t))
		if err := heir.Unlock(); !errors.Is(err, ErrNotOwner) {
			t.Errorf("links %v: given up though another one's was expected: %v", links, err)
		}
		heir.Expect(giver)
		if err := heir.Unlock(); err != nil {
			t.Errorf("links %v: %v", links, err)
		}
		if _, err := os.Lstat(l.Name()); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("links %v: the file is left, %v", links, err)
		}
		if ok, err := l.Lock(); !ok || err != nil {
			t.Fatal(ok, err)
		}
		if err := l.Pass(giver); err != nil {
			t.Fatal(err)
		}
		if err := heir.Unlock(); !errors.Is(err, ErrNotOwner) {
			t.Errorf("links %v: an expectation holds twice: %v", links, err)
		}
	}
}
