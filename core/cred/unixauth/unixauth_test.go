// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package unixauth_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/unixauth"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocoltest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// ask returns the checker's answer, and how much of the loop's time it took.
func ask(t *testing.T, c *unixauth.Checker, name, password string) (cred.AvatarID, time.Duration, error) {
	t.Helper()
	loop := protocoltest.NewClock()
	var id cred.AvatarID
	var err error
	done := false
	c.RequestAvatarID(loop, cred.UsernamePassword{Username: name, Password: password}).Done(func(i cred.AvatarID, e error) { id, err, done = i, e, true })
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if e := loop.Until(ctx, func() bool { return done || len(loop.Calls()) > 0 }); e != nil {
		t.Fatal(e)
	}
	for !done {
		loop.Advance(time.Millisecond)
	}
	return id, loop.Elapsed(), err
}

func run(t *testing.T, stdin string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v: %s", args, err, out)
	}
}

// A real account, made for the test.
func TestSystemAccount(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to make an account")
	}
	var c unixauth.Checker
	if err := c.Available(); err != nil {
		t.Skip(err)
	}
	for _, program := range []string{"useradd", "userdel", "chpasswd"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("needs ", program)
		}
	}
	name := fmt.Sprintf("torsion%d", os.Getpid())
	run(t, "", "useradd", "-M", "-s", "/usr/sbin/nologin", name)
	t.Cleanup(func() { run(t, "", "userdel", name) })
	if _, _, err := ask(t, &c, name, ""); !errors.Is(err, cred.ErrUnauthorizedLogin) {
		t.Errorf("an account without a password: %v", err)
	}
	run(t, name+":s3cret of the test\n", "chpasswd")
	if id, took, err := ask(t, &c, name, "s3cret of the test"); err != nil || id.Name != name || took != 0 {
		t.Errorf("right password: %v after %v, %v", id, took, err)
	}
	for _, wrong := range [][2]string{{name, "wrong"}, {name, ""}, {name, "s3cret of the test\x00"}, {"torsion-nobody", "s3cret of the test"}, {"-" + name, "x"}, {"", "x"}, {"root; id", "x"}} {
		if id, took, err := ask(t, &c, wrong[0], wrong[1]); !errors.Is(err, cred.ErrUnauthorizedLogin) || id.IsValid() || took != unixauth.DefaultFloor {
			t.Errorf("%q: %v after %v, %v", wrong, id, took, err)
		}
	}
}

func script(t *testing.T, text string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("for accounts of UNIX; the helper here is a shell script")
	}
	path := filepath.Join(t.TempDir(), "helper")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// The password is on the helper's standard input, with a NUL after it, and nowhere else.
func TestHelper(t *testing.T) {
	dir := t.TempDir()
	c := unixauth.Checker{Helper: script(t, "/bin/cat > "+dir+"/in; echo \"$@\" > "+dir+"/args; /usr/bin/env > "+dir+"/env")}
	if _, _, err := ask(t, &c, "alice", "pass word"); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{"in": "pass word\x00", "args": "alice nonull\n"} {
		if got, err := os.ReadFile(filepath.Join(dir, file)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", file, got, err)
		}
	}
	if env, _ := os.ReadFile(filepath.Join(dir, "env")); strings.Contains(string(env), "word") || strings.Contains(string(env), "HOME=") {
		t.Errorf("environment %q", env)
	}
}

func TestHelperFails(t *testing.T) {
	c := unixauth.Checker{Helper: filepath.Join(t.TempDir(), "none")}
	if _, _, err := ask(t, &c, "alice", "x"); err == nil || errors.Is(err, cred.ErrUnauthorizedLogin) {
		t.Errorf("no helper: %v", err)
	}
	c = unixauth.Checker{Helper: script(t, "exec /bin/sleep 100"), Timeout: 50 * time.Millisecond}
	if _, _, err := ask(t, &c, "alice", "x"); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("a helper that hangs: %v", err)
	}
}
