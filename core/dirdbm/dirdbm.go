// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package dirdbm

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/internal/atomicfile"
)

// MaxValue is the length of the longest value that Get returns and Set takes, in bytes.
const MaxValue = 64 << 20

// ErrNotFound is returned for a key that is not there. It is fs.ErrNotExist as well.
var ErrNotFound = fmt.Errorf("dirdbm: no such key: %w", fs.ErrNotExist)

// A KeyError is returned for a key that cannot be one: empty, or longer than MaxKey.
type KeyError struct{ Key string }

// Error tells what a key may be.
func (e *KeyError) Error() string {
	return fmt.Sprintf("dirdbm: a key has 1 to %d bytes, not %d", MaxKey, len(e.Key))
}

// The extensions of values that are being written.
const (
	newEntry    = ".new"
	replacement = ".rpl"
)

// A DB is an open directory.
type DB struct {
	mu   sync.RWMutex // held for writing by what changes files
	root *os.Root
}

// Open opens the directory, or makes it, with mode 0700, and repairs what a crash left in it.
func Open(dir string) (*DB, error) {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("dirdbm: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("dirdbm: %w", err)
	}
	db := &DB{root: root}
	if err := db.recover(); err != nil {
		root.Close()
		return nil, fmt.Errorf("dirdbm: recovering %s: %w", dir, err)
	}
	return db, nil
}

// recover finishes or undoes the writes that a crash interrupted.
func (db *DB) recover() error {
	names, err := db.names()
	if err != nil {
		return err
	}
	for _, name := range names {
		old, isReplacement := strings.CutSuffix(name, replacement)
		switch {
		case strings.HasSuffix(name, newEntry):
			err = db.root.Remove(name)
		case !isReplacement:
			continue
		case db.exists(old):
			err = db.root.Remove(name)
		default:
			err = atomicfile.RenameIn(db.root, name, old)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Close closes the directory.
func (db *DB) Close() error { return db.root.Close() }

// Get returns the value of key, or ErrNotFound.
func (db *DB) Get(key string) ([]byte, error) {
	name, err := fileName(key)
	if err != nil {
		return nil, err
	}
	db.mu.RLock()
	defer db.mu.RUnlock()
	f, err := db.root.Open(name)
	if err != nil {
		return nil, wrap(err)
	}
	defer f.Close()
	value, err := io.ReadAll(io.LimitReader(f, MaxValue+1))
	if err != nil {
		return nil, wrap(err)
	}
	if len(value) > MaxValue {
		return nil, tooLong(len(value))
	}
	return value, nil
}

// Set makes value the value of key. When it returns nil the value is on the disk.
func (db *DB) Set(key string, value []byte) error {
	name, err := fileName(key)
	if err != nil {
		return err
	}
	if len(value) > MaxValue {
		return tooLong(len(value))
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	beside := name + newEntry
	if db.exists(name) {
		beside = name + replacement
	}
	if err := db.write(beside, value); err != nil {
		db.root.Remove(beside)
		return wrap(err)
	}
	if err := atomicfile.RenameIn(db.root, beside, name); err != nil {
		db.root.Remove(beside)
		return wrap(err)
	}
	return wrap(db.sync())
}

func (db *DB) write(name string, value []byte) error {
	f, err := db.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(value)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// Delete removes key, or returns ErrNotFound.
func (db *DB) Delete(key string) error {
	name, err := fileName(key)
	if err != nil {
		return err
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if err := db.root.Remove(name); err != nil {
		return wrap(err)
	}
	return wrap(db.sync())
}

// Has reports whether key is there.
func (db *DB) Has(key string) bool {
	name, err := fileName(key)
	return err == nil && db.exists(name)
}

// ModTime returns when the value of key was set, or ErrNotFound. Twisted: getModificationTime.
func (db *DB) ModTime(key string) (time.Time, error) {
	name, err := fileName(key)
	if err != nil {
		return time.Time{}, err
	}
	info, err := db.root.Lstat(name)
	if err != nil {
		return time.Time{}, wrap(err)
	}
	return info.ModTime(), nil
}

// Keys returns the keys, in no particular order.
func (db *DB) Keys() ([]string, error) {
	names, err := db.names()
	if err != nil {
		return nil, wrap(err)
	}
	keys := names[:0]
	for _, name := range names {
		if key, ok := decode(name); ok {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// Len returns how many keys there are.
func (db *DB) Len() (int, error) {
	keys, err := db.Keys()
	return len(keys), err
}

// All goes through the keys that are there at its beginning, with their values; one that is deleted meanwhile is left out. It ends with the error that keeps a
// value from being read; the key is then that value's.
func (db *DB) All() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		keys, err := db.Keys()
		if err != nil {
			yield(Entry{}, err)
			return
		}
		for _, key := range keys {
			value, err := db.Get(key)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if !yield(Entry{key, value}, err) || err != nil {
				return
			}
		}
	}
}

// An Entry is a key and its value.
type Entry struct {
	Key   string
	Value []byte
}

// Clear removes all keys.
func (db *DB) Clear() error {
	keys, err := db.Keys()
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := db.Delete(key); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}

// CopyTo makes the database in dir hold what db holds and nothing else, and returns it open.
func (db *DB) CopyTo(dir string) (*DB, error) {
	to, err := Open(dir)
	if err != nil {
		return nil, err
	}
	if err := db.copyTo(to); err != nil {
		to.Close()
		return nil, err
	}
	return to, nil
}

func (db *DB) copyTo(to *DB) error {
	here, err := db.root.Stat(".")
	if err != nil {
		return wrap(err)
	}
	if there, err := to.root.Stat("."); err != nil || os.SameFile(here, there) {
		return errors.Join(err, errors.New("dirdbm: a database cannot be copied to itself"))
	}
	if err := to.Clear(); err != nil {
		return err
	}
	for entry, err := range db.All() {
		if err == nil {
			err = to.Set(entry.Key, entry.Value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// names lists the directory.
func (db *DB) names() ([]string, error) {
	d, err := db.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}

func (db *DB) exists(name string) bool {
	info, err := db.root.Lstat(name)
	return err == nil && info.Mode().IsRegular()
}

func fileName(key string) (string, error) {
	if key == "" || len(key) > MaxKey {
		return "", &KeyError{key}
	}
	return encode(key), nil
}

func tooLong(n int) error {
	return fmt.Errorf("dirdbm: a value has at most %d bytes, not %d", MaxValue, n)
}

func wrap(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return ErrNotFound
	}
	return fmt.Errorf("dirdbm: %w", err)
}
