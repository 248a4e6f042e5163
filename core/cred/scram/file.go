// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package scram

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/torsion-go/torsion/core/cred/internal/saslprep"
)

// MaxFile bounds files of keys, in bytes.
const MaxFile = 16 << 20

// A File is a text file of users' keys: a line of "name:" and [Keys.Text] for each user and mechanism. It is read again when it has changed. Lines that begin with # and
// empty ones are skipped; of two lines for one user and mechanism the first counts. Fields are immutable after the first use; it must not be copied. Its methods block and
// are safe from any goroutine: on a loop they belong behind sasl.NextIn.
type File struct {
	// Path is the file.
	Path string

	mu   sync.Mutex
	info fs.FileInfo   // guarded by mu, as keys: what was read last
	keys map[user]Keys // replaced, never changed in place
}

// Lookup returns a user's keys for the mechanism, false for none. name is a prepared one, as [Server.First] returns it. A file that can't be read, or has a malformed line,
// is an error, which names the line but not its text.
func (f *File) Lookup(name string, h Hash) (Keys, bool, error) {
	keys, err := f.read()
	if err != nil {
		return Keys{}, false, err
	}
	k, ok := keys[user{name, h}]
	return k, ok, nil
}

// Keys is Lookup for sasl.ServerConfig.Keys: nobody has keys when the file can't be read. Errors, which may be nil, hears of that.
func (f *File) Keys(errors func(error)) func(name string, h Hash) (Keys, bool) {
	return func(name string, h Hash) (Keys, bool) {
		k, ok, err := f.Lookup(name, h)
		if err != nil && errors != nil {
			errors(err)
		}
		return k, ok
	}
}

func (f *File) read() (map[user]Keys, error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return nil, fmt.Errorf("scram: file of keys: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("scram: file of keys: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock() // those who come during a read wait for it, rather than read too
	if f.info != nil && os.SameFile(f.info, info) && f.info.Size() == info.Size() && f.info.ModTime().Equal(info.ModTime()) {
		return f.keys, nil
	}
	text, err := io.ReadAll(io.LimitReader(file, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("scram: file of keys: %w", err)
	}
	if len(text) > MaxFile {
		return nil, fmt.Errorf("scram: %s is longer than %d bytes", f.Path, MaxFile)
	}
	keys, err := parseFile(string(text))
	if err != nil {
		return nil, fmt.Errorf("scram: %s: %w", f.Path, err)
	}
	f.info, f.keys = info, keys
	return keys, nil
}

func parseFile(text string) (map[user]Keys, error) {
	all := map[user]Keys{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		name, keys, _ := strings.Cut(line, ":")
		k, err := ParseKeys(keys)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if name, err = saslprep.Prepare(name); err != nil {
			return nil, fmt.Errorf("line %d: name: %w", number, err)
		}
		if _, twice := all[user{name, k.Hash}]; !twice {
			all[user{name, k.Hash}] = k
		}
	}
	return all, nil
}
