// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cred

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// DefaultMaxFile is the default of FilePasswordDB.MaxSize.
const DefaultMaxFile = 16 << 20

// FilePasswordDB checks names and passwords in a text file of one user a line. The file is read at each login, off the loop. Fields are immutable after the
// first use; it must not be copied. Its methods are loop only, on any number of loops. Twisted: FilePasswordDB.
//
// Lines with too few fields are skipped, and so are those that begin with #; of two lines for one name the first counts. A user without a password can't log in. A file
// that can't be read lets nobody in, and the error wraps why.
type FilePasswordDB struct {
	// Path is the file.
	Path string
	// Delim separates fields. "" means ":".
	Delim string
	// UsernameField and PasswordField count from 0. When both are 0 the password is field 1.
	UsernameField, PasswordField int
	// IgnoreCase lets names match whatever their case. The avatar id is the name as the file has it.
	IgnoreCase bool
	// Cache keeps what was read until the file is another, or its size or time of change is. Otherwise each login reads it.
	Cache bool
	// MaxSize bounds the file, in bytes. 0 means DefaultMaxFile. A longer one can't be read.
	MaxSize int64
	// Workers read, and hash for [FilePasswordDB.Hashed]. nil means some of its own.
	Workers *Workers

	own    Workers
	mu     sync.Mutex
	cached *passwords // guarded by mu
}

// passwords is a file as it was read once.
type passwords struct {
	info   fs.FileInfo
	users  map[string]entry
	decoys []string // some of the secrets, which unknown users are compared with
}

type entry struct{ name, secret string }

// locked reports whether the secret is none that can be verified: an empty one, or a hash that was struck out, as usermod -L does it.
func (e entry) locked() bool { return e.secret == "" || e.secret[0] == '!' || e.secret[0] == '*' }

// maxDecoys bounds how many secrets stand in for those of unknown users.
const maxDecoys = 64

// RequestAvatarID compares with passwords in plain text. Loop only.
func (f *FilePasswordDB) RequestAvatarID(loop protocol.Loop, creds UsernameHashedPassword) *deferred.Deferred[AvatarID] {
	return f.request(loop, creds, false, creds.CheckPassword)
}

// Hashed returns a checker for files of hashed passwords: verify reports whether password is the one that stored was made of, such as Verify of package password. It
// is called by the Workers. It takes only passwords in plain text: nothing else can be compared with a hash. An unknown user costs one call with the hash of
// somebody else, and so does one whose hash is empty or begins with ! or *: those are locked. Twisted: the argument hash of FilePasswordDB.
func (f *FilePasswordDB) Hashed(verify func(stored, password string) bool) Checker[UsernamePassword] {
	return CheckerFunc[UsernamePassword](func(loop protocol.Loop, creds UsernamePassword) *deferred.Deferred[AvatarID] {
		return f.request(loop, creds, true, func(stored string) bool { return verify(stored, creds.Password) })
	})
}

func (f *FilePasswordDB) request(loop protocol.Loop, creds Credentials, hashed bool, good func(secret string) bool) *deferred.Deferred[AvatarID] {
	w := f.Workers
	if w == nil {
		w = &f.own
	}
	return Run(w, loop, func() (AvatarID, error) {
		all, err := f.read()
		if err != nil {
			return AvatarID{}, fmt.Errorf("%w: %w", ErrUnauthorizedLogin, err)
		}
		e, known := all.find(f.key(creds.User()), hashed)
		if !good(e.secret) || !known || e.name == "" || e.secret == "" {
			return AvatarID{}, ErrUnauthorizedLogin
		}
		return AvatarID{Name: e.name}, nil
	})
}

// Users calls yield for each name and secret of the file, until it returns false: for tools, and to look secrets up by other means than logins. It reads the file
// and blocks. The order is not that of the file.
func (f *FilePasswordDB) Users(yield func(name, secret string) bool) error {
	all, err := f.read()
	if err != nil {
		return err
	}
	for _, e := range all.users {
		if !yield(e.name, e.secret) {
			break
		}
	}
	return nil
}

// decoySeed makes the choice of a decoy the same for the same name, and unknown to others.
var decoySeed = maphash.MakeSeed()

// find returns the entry of key, or, for an unknown one or a locked hash, somebody's secret to compare with, always the same for the same key.
func (p *passwords) find(key string, hashed bool) (entry, bool) {
	if e, ok := p.users[key]; ok && !(hashed && e.locked()) {
		return e, true
	}
	if len(p.decoys) == 0 {
		return entry{}, false
	}
	return entry{secret: p.decoys[maphash.String(decoySeed, key)%uint64(len(p.decoys))]}, false
}

func (f *FilePasswordDB) key(name string) string {
	if f.IgnoreCase {
		return strings.ToLower(name)
	}
	return name
}

// read returns the file's users, from the cache where that is allowed.
func (f *FilePasswordDB) read() (*passwords, error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return nil, fmt.Errorf("cred: password file: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("cred: password file: %w", err)
	}
	if f.Cache {
		f.mu.Lock()
		defer f.mu.Unlock() // those who come during a read wait for it, rather than read too
		if c := f.cached; c != nil && os.SameFile(c.info, info) && c.info.Size() == info.Size() && c.info.ModTime().Equal(info.ModTime()) {
			return c, nil
		}
	}
	all, err := f.parse(file, info)
	if err == nil && f.Cache {
		f.cached = all
	}
	return all, err
}

var errTooLong = errors.New("longer than MaxSize")

func (f *FilePasswordDB) parse(r io.Reader, info fs.FileInfo) (*passwords, error) {
	limit := f.MaxSize
	if limit == 0 {
		limit = DefaultMaxFile
	}
	text, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = errTooLong
	}
	if err != nil {
		return nil, fmt.Errorf("cred: password file %q: %w", f.Path, err)
	}
	all := &passwords{info: info, users: map[string]entry{}}
	for line := range strings.Lines(string(text)) {
		e, ok := f.parseLine(strings.TrimRight(line, "\r\n"))
		if !ok {
			continue
		}
		if _, twice := all.users[f.key(e.name)]; twice {
			continue
		}
		all.users[f.key(e.name)] = e
		if len(all.decoys) < maxDecoys && !e.locked() {
			all.decoys = append(all.decoys, e.secret)
		}
	}
	return all, nil
}

func (f *FilePasswordDB) parseLine(line string) (e entry, ok bool) {
	delim, u, p := f.Delim, f.UsernameField, f.PasswordField
	if delim == "" {
		delim = ":"
	}
	if u == 0 && p == 0 {
		p = 1
	}
	fields := strings.Split(line, delim)
	if strings.HasPrefix(line, "#") || u < 0 || p < 0 || u >= len(fields) || p >= len(fields) {
		return entry{}, false
	}
	return entry{fields[u], fields[p]}, true
}
