// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package twist

import (
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestInetd has cat serve a UNIX socket, and another one after the file has changed.
func TestInetd(t *testing.T) {
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, first, second := filepath.Join(dir, "inetd.conf"), filepath.Join(dir, "first"), filepath.Join(dir, "second")
	write := func(lines ...string) {
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	line := func(socket string) string { return socket + " stream unix nowait " + me.Username + " /bin/cat cat" }
	echo := filepath.Join(dir, "echo") + " stream unix nowait " + me.Username + " internal echo"
	write(line(first), echo)
	s := start(t, 0, "inetd", "-f", file, "--nointernal", "--log-format", "json")
	s.next("started")
	if got := exchange(t, "unix", first, "hello", 5); got != "hello" {
		t.Errorf("got %q", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "echo")); err == nil {
		t.Error("an internal service is served")
	}
	write(line(second))
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	s.next("reloaded")
	if got := exchange(t, "unix", second, "again", 5); got != "again" {
		t.Errorf("got %q", got)
	}
	if _, err := os.Stat(first); err == nil {
		t.Error("a service that is gone from the file is served")
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit status %d:\n%s", code, s.lines.String())
	}
}
