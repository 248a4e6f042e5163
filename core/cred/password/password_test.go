// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package password_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/cred/password"
)

func Example() {
	stored, err := password.Argon2id{Memory: 64, Time: 1}.Hash("correct horse") // the zero Argon2id is for servers
	fmt.Println(stored[:25], err)
	fmt.Println(password.Verify(stored, "correct horse"), password.Verify(stored, "wrong"))
	fmt.Println(password.NeedsRehash(stored, password.Argon2id{}))
	// Output:
	// $argon2id$v=19$m=64,t=1,p <nil>
	// true false
	// true
}

// Hashes by other programs: OpenBSD's bcrypt vector, passlib's PBKDF2, the argon2 reference implementation's command.
func TestForeignHashes(t *testing.T) {
	for _, tt := range []struct{ stored, password string }{
		{"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
		{"$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
		{"$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44", "password"},
		{"$pbkdf2$1212$4vjV83LKPjQzk31VI4E0Vw$hsYF68OiOUPdDZ1Fg.fJPeq1h/gXXY7acBp9/6c.tmQ", ""},
		{"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password"},
	} {
		got := password.Limits{}.Verify(tt.stored, tt.password)
		if tt.password == "" { // a key of another length than the digest's
			if !errors.Is(got, password.ErrFormat) {
				t.Errorf("%s: %v", tt.stored, got)
			}
			continue
		}
		if got != nil {
			t.Errorf("%s: %v", tt.stored, got)
		}
		if err := (password.Limits{}).Verify(tt.stored, tt.password+"x"); err != password.ErrMismatch {
			t.Errorf("%s with another password: %v", tt.stored, err)
		}
	}
}

var cheap = []password.Scheme{password.Argon2id{Memory: 32, Time: 1, Threads: 2}, password.Bcrypt{Cost: 4}, password.PBKDF2{Iterations: 10}, password.PBKDF2{Iterations: 10, Hash512: true}}

func TestSchemes(t *testing.T) {
	for i, s := range cheap {
		a, err1 := s.Hash("p\u00e4ssword")
		b, err2 := s.Hash("p\u00e4ssword")
		if err1 != nil || err2 != nil || a == b {
			t.Fatalf("%T: %q, %q, %v, %v", s, a, b, err1, err2)
		}
		if !password.Verify(a, "p\u00e4ssword") || password.Verify(a, "p\u00e4ssword\x00") || password.Verify(a, "") || password.Verify(a, "p\u00e4sswor") {
			t.Errorf("%T: Verify of %s", s, a)
		}
		for j, other := range cheap {
			if password.NeedsRehash(a, other) != (i != j) {
				t.Errorf("NeedsRehash(%s, %+v)", a, other)
			}
		}
		if _, err := s.Hash(strings.Repeat("x", password.MaxLength+1)); err != password.ErrTooLong {
			t.Errorf("%T of a long password: %v", s, err)
		}
	}
	long := strings.Repeat("x", 72)
	h, err := password.Bcrypt{Cost: 4}.Hash(long)
	if err != nil || !password.Verify(h, long) || password.Verify(h, long+"y") {
		t.Errorf("bcrypt cuts long passwords: %v", err)
	}
	if _, err := (password.PBKDF2{Iterations: 1}).Hash("a\x00"); err == nil {
		t.Error("PBKDF2 of a password with NUL, which is the same without")
	}
	if _, err := (password.Bcrypt{Cost: 40}).Hash("x"); err == nil {
		t.Error("a cost of 40")
	}
}

// A hostile file can't use the machine up: what asks for too much is refused before anything is computed.
func TestLimits(t *testing.T) {
	salt, key := "c29tZXNhbHQ", "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	for _, stored := range []string{
		"$argon2id$v=19$m=4294967295,t=1,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=65536,t=4294967295,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=262144,t=5,p=1$" + salt + "$" + key,
		"$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		"$pbkdf2-sha256$2147483647$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44",
	} {
		if err := (password.Limits{}).Verify(stored, "password"); !errors.Is(err, password.ErrTooCostly) {
			t.Errorf("%s: %v", stored, err)
		}
	}
	for _, stored := range []string{"", "secret-in-plain-text", "$", "$1$x$y", "$2b$", "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "$argon2id$v=19$m=64,t=0,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=+64,t=1,p=1$" + salt + "$" + key, "$argon2id$v=16$m=64,t=1,p=1$" + salt + "$" + key, "$argon2id$v=19$m=7,t=1,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=64,t=1,p=256$" + salt + "$" + key, "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$", "$pbkdf2-md5$1$AA$AA", "$pbkdf2-sha256$0$AA$AA",
		"$argon2id$" + strings.Repeat("x", 600)} {
		if err := (password.Limits{}).Verify(stored, "password"); !errors.Is(err, password.ErrFormat) {
			t.Errorf("%q: %v", stored, err)
		} else if len(stored) > 5 && strings.Contains(err.Error(), stored) {
			t.Errorf("the stored text is in the error: %v", err)
		}
	}
}

// symlink makes a link, or skips where there are none.
func symlink(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Skip(err)
	}
	if _, err := os.Lstat(name); err != nil {
		t.Skip("wine 8 makes no link and reports success")
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users")
	f := password.File{Path: path, Scheme: password.Bcrypt{Cost: 4}}
	check := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	check("remove from nothing", f.Remove("alice"), password.ErrUnknownUser)
	check("add", f.Add("alice", "one"), nil)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" { // which has access lists
		t.Errorf("%v, %v", info, err)
	}
	check("add again", f.Add("alice", "x"), fs.ErrExist)
	check("change unknown", f.Change("bob", "x"), password.ErrUnknownUser)
	check("set", f.Set("bob", "two"), nil)
	check("change", f.Change("bob", "three"), nil)
	for _, bad := range []string{"", "a:b", "a\nb", "#a", "a\x7f"} {
		check(fmt.Sprintf("name %q", bad), f.Add(bad, "x"), password.ErrName)
	}
	text, _ := os.ReadFile(path)
	if err := os.WriteFile(path, append([]byte("# comment\nshort\n"), strings.Replace(string(text), "\nbob", ":extra:more\nbob", 1)...), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	link := path + ".link"
	symlink(t, path, link)
	f.Path = link
	check("change by a link", f.Change("alice", "four"), nil)
	text, _ = os.ReadFile(path)
	if s := string(text); !strings.HasPrefix(s, "# comment\nshort\nalice:$2a$") || !strings.Contains(s, ":extra:more\n") {
		t.Errorf("%s", s)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Error("the link was replaced")
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o640 && runtime.GOOS != "windows" {
		t.Errorf("mode %v", info.Mode())
	}
	if names, err := f.Names(); err != nil || !slices.Equal(names, []string{"alice", "bob"}) {
		t.Errorf("%q, %v", names, err)
	}
	check("remove", f.Remove("alice"), nil)
	if names, err := f.Names(); err != nil || !slices.Equal(names, []string{"bob"}) {
		t.Errorf("%q, %v", names, err)
	}
	if all, _ := os.ReadDir(filepath.Dir(path)); len(all) != 2 {
		t.Errorf("left behind: %v", all)
	}
}

// All names of a file share one lock: that beside the file itself.
func TestFileLockBehindLink(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "users"), filepath.Join(dir, "link")
	f := password.File{Path: path, Scheme: password.PBKDF2{Iterations: 1}}
	if err := f.Add("alice", "x"); err != nil {
		t.Fatal(err)
	}
	symlink(t, "users", link)
	if err := os.WriteFile(link+".lock", nil, 0o600); err != nil { // which is no lock: to take it fails
		t.Fatal(err)
	}
	f.Path = link
	if err := f.Add("bob", "x"); err != nil {
		t.Errorf("locks %s: %v", link, err)
	}
	symlink(t, "nothing", link+"2")
	f.Path = link + "2"
	if err := f.Add("bob", "x"); err == nil {
		t.Error("a link to nothing was replaced")
	}
}

// Editors at the same time lose nothing.
func TestFileConcurrently(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			f := password.File{Path: path, Scheme: password.PBKDF2{Iterations: 1}}
			if err := f.Add(fmt.Sprint("user", i), "x"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if names, err := (password.File{Path: path}).Names(); err != nil || len(names) != 8 {
		t.Errorf("%q, %v", names, err)
	}
}

func FuzzVerify(f *testing.F) {
	for _, s := range cheap {
		h, err := s.Hash("password")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(h)
	}
	limits := password.Limits{Memory: 64, Work: 128, BcryptCost: 4, Iterations: 10}
	f.Fuzz(func(t *testing.T, stored string) {
		err := limits.Verify(stored, "password")
		switch {
		case err == nil, errors.Is(err, password.ErrMismatch), errors.Is(err, password.ErrFormat), errors.Is(err, password.ErrTooCostly):
		default:
			t.Errorf("%q: %v", stored, err)
		}
	})
}
