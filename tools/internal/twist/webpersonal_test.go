// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package twist

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/torsion-go/torsion/web/distrib"
)

// TestWebPersonal: a server with --user reaches what a user's own server publishes.
func TestWebPersonal(t *testing.T) {
	home, err := os.MkdirTemp("", "home") // sockets have short paths
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	t.Setenv("TWIST_TEST_HOME", home)
	t.Setenv("HOME", home)
	behind := start(t, 1, "web", "--personal", "--path", folder(t), "--log-format", "json")
	if info, err := os.Lstat(filepath.Join(home, distrib.SocketName)); err != nil || info.Mode() != os.ModeSocket|0o600 {
		t.Fatalf("the socket: %v, %v", info, err)
	}
	front, at := startWeb(t, "--user")
	other, there := startWeb(t, "--personal", "--path", folder(t)) // at a port
	trusting, here := startWeb(t, "--personal", "--path", folder(t), "--trust-proxy", "127.0.0.1")
	questions(t, []question{
		{"by name", []string{at + "/ann/hello.txt"}, "hello, world\n"},
		{"what is published", []string{at + "/ann" + distrib.SocketName + "/hello.txt"}, "hello, world\n"},
		{"nobody", append(code, at+"/joe/hello.txt"), "404"},
		{"a server in front that is not trusted", append(code, there+"/hello.txt"), "403"},
		{"a server in front that is", []string{here + "/hello.txt"}, "hello, world\n"},
	})
	for _, s := range []*server{front, behind, other, trusting} {
		if code := s.stop(); code != 0 {
			t.Errorf("exit status %d:\n%s", code, s.lines.String())
		}
	}
}

// TestWebPersonalUnsafe: a home directory where others could replace the socket is refused.
func TestWebPersonalUnsafe(t *testing.T) {
	home := t.TempDir()
	if err := os.Chmod(home, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	s := start(t, 0, "web", "--personal", "--path", folder(t), "--log-format", "json")
	s.said("--personal: distrib: others may write to " + home)
	for s.log.Scan() {
		s.lines.WriteString(s.log.Text() + "\n")
	}
	s.cmd.Wait()
	if code := s.cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("exit status %d:\n%s", code, s.lines.String())
	}
}
