// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package lockfile_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/lockfile"
)

// inBothForms runs f with links, where there are any, and without.
func inBothForms(t *testing.T, f func(t *testing.T, name string)) {
	if lockfile.UseLinks() {
		t.Run("links", func(t *testing.T) { f(t, filepath.Join(t.TempDir(), "lock")) })
	}
	t.Run("directories", func(t *testing.T) {
		defer lockfile.SetUseLinks(false)()
		f(t, filepath.Join(t.TempDir(), "lock"))
	})
}

// place makes a lock file with any content.
func place(t *testing.T, name, text string) {
	t.Helper()
	var err error
	if lockfile.UseLinks() {
		err = os.Symlink(text, name)
	} else if err = os.Mkdir(name, 0o777); err == nil {
		err = os.WriteFile(filepath.Join(name, "symlink"), []byte(text), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// deadPID returns the number of a process that has ended.
func deadPID(t *testing.T) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(cmd.Process.Pid)
}

func mustLock(t *testing.T, l *lockfile.Lock, want bool) {
	t.Helper()
	if ok, err := l.Lock(); ok != want || err != nil {
		t.Fatalf("Lock is %t, %v; want %t", ok, err, want)
	}
}

func TestLockAndUnlock(t *testing.T) {
	inBothForms(t, func(t *testing.T, name string) {
		a, b := lockfile.New(name), lockfile.New(name)
		mustLock(t, a, true)
		if !a.Locked() || !a.Clean() || a.Name() != name {
			t.Error("state of a lock that is held")
		}
		mustLock(t, b, false)
		mustLock(t, a, false) // held by this process counts as held
		if locked, err := lockfile.IsLocked(name); !locked || err != nil {
			t.Errorf("IsLocked is %t, %v", locked, err)
		}
		if err := a.Unlock(); err != nil || a.Locked() {
			t.Errorf("Unlock: %v", err)
		}
		if err := a.Unlock(); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("second Unlock: %v", err)
		}
		if locked, err := lockfile.IsLocked(name); locked || err != nil {
			t.Errorf("IsLocked is %t, %v", locked, err)
		}
		mustLock(t, b, true)
		entries, err := os.ReadDir(filepath.Dir(name))
		if err != nil || len(entries) != 1 {
			t.Errorf("files left: %v, %v", entries, err)
		}
	})
}

func TestFormat(t *testing.T) {
	inBothForms(t, func(t *testing.T, name string) {
		mustLock(t, lockfile.New(name), true)
		var text string
		var err error
		if lockfile.UseLinks() {
			text, err = os.Readlink(name)
		} else {
			var b []byte
			b, err = os.ReadFile(filepath.Join(name, "symlink"))
			text = string(b)
		}
		if err != nil || text != strconv.Itoa(os.Getpid()) {
			t.Errorf("content is %q, %v", text, err)
		}
	})
}

func TestStaleLockIsBroken(t *testing.T) {
	dead := deadPID(t)
	inBothForms(t, func(t *testing.T, name string) {
		place(t, name, dead)
		l := lockfile.New(name)
		mustLock(t, l, true)
		if l.Clean() {
			t.Error("a broken lock counts as clean")
		}
		if err := l.Unlock(); err != nil {
			t.Fatal(err)
		}
		mustLock(t, l, true)
		if !l.Clean() {
			t.Error("the next lock does not count as clean")
		}
	})
}

func TestOthersLock(t *testing.T) {
	inBothForms(t, func(t *testing.T, name string) {
		place(t, name, strconv.Itoa(lockfile.OtherPID(t)))
		l := lockfile.New(name)
		mustLock(t, l, false)
		if err := l.Unlock(); !errors.Is(err, lockfile.ErrNotOwner) {
			t.Errorf("Unlock: %v", err)
		}
	})
}

func TestGarbage(t *testing.T) {
	for _, text := range []string{"x", "0", "-1", "12a", "99999999999999999999"} {
		inBothForms(t, func(t *testing.T, name string) {
			place(t, name, text)
			if ok, err := lockfile.New(name).Lock(); ok || err == nil || !strings.Contains(err.Error(), "process number") {
				t.Errorf("%q: %t, %v", text, ok, err)
			}
		})
	}
	inBothForms(t, func(t *testing.T, name string) {
		missing := filepath.Join(name, "no", "dir")
		if ok, err := lockfile.New(missing).Lock(); ok || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%t, %v", ok, err)
		}
	})
}

func TestOnlyOneBreaksAStaleLock(t *testing.T) {
	dead := deadPID(t)
	inBothForms(t, func(t *testing.T, name string) {
		for range 20 {
			place(t, name, dead)
			var wg sync.WaitGroup
			holders := make(chan *lockfile.Lock, 8)
			for range cap(holders) {
				wg.Go(func() {
					l := lockfile.New(name)
					if ok, err := l.Lock(); ok {
						holders <- l
					} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if len(holders) > 1 {
				t.Fatalf("%d hold the lock", len(holders))
			}
			if len(holders) == 0 {
				os.RemoveAll(name)
				continue
			}
			if err := (<-holders).Unlock(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestStaleLockIsLeftToTheOneAtIt(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "windows" {
		t.Skip("other systems may have no lock for it")
	}
	name := filepath.Join(t.TempDir(), "lock")
	place(t, name, deadPID(t))
	release, ok := lockfile.Exclude(name)
	if !ok {
		t.Fatal("not excluded")
	}
	l := lockfile.New(name)
	mustLock(t, l, false)
	release()
	mustLock(t, l, true)
}

func ExampleLock() {
	dir, err := os.MkdirTemp("", "lock")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	l := lockfile.New(filepath.Join(dir, "app.lock"))
	ok, err := l.Lock()
	fmt.Println(ok, err, l.Clean())
	again, err := lockfile.New(l.Name()).Lock()
	fmt.Println(again, err)
	fmt.Println(l.Unlock())
	// Output:
	// true <nil> true
	// false <nil>
	// <nil>
}
