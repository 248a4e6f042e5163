// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package examples_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Lines get their answers while the game goes on, drawn or not.
func TestGameLoop(t *testing.T) {
	for _, frames := range []string{"", "--frames=1000000"} {
		cmd, out := startGame(t, frames, "tcp:0:interface=127.0.0.1")
		line, err := out.ReadString('\n')
		address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
		if !ok {
			t.Fatalf("gameloop said %q, %v", line, err)
		}
		c := dial(t, "tcp", address)
		answers := bufio.NewReader(c)
		for i := 1; i <= 20; i++ {
			if _, err := io.WriteString(c, fmt.Sprintf("hello %d \x1b[31m\n", i)); err != nil {
				t.Fatal(err)
			}
			got, err := answers.ReadString('\n')
			if want := fmt.Sprintf("line %d, and the ball is at column ", i); !strings.HasPrefix(got, want) {
				t.Fatalf("got %q, %v; want %q", got, err, want)
			}
		}
		if frames == "" {
			readUntil(t, out, "hello 20 \\x1b[31m") // quoted
		}
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		rest := endGame(t, cmd, out)
		if frames == "" && !strings.HasSuffix(rest, "\x1b[?25h\x1b[?1049l") {
			t.Errorf("the terminal was not put right: the end is %q", rest[max(len(rest)-40, 0):])
		}
		if frames != "" && !strings.HasSuffix(rest, "; 20 lines\n") {
			t.Errorf("got %q", rest)
		}
	}
}

// The game ends by itself after its frames.
func TestGameLoopFrames(t *testing.T) {
	cmd, out := startGame(t, "--frames=3", "tcp:0:interface=127.0.0.1")
	rest := endGame(t, cmd, out)
	if !strings.Contains(rest, "\n3 frames in ") || !strings.HasSuffix(rest, "; 0 lines\n") {
		t.Errorf("got %q", rest)
	}
}

func startGame(t *testing.T, args ...string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, filepath.Join(programs, "gameloop"), slices.DeleteFunc(args, func(s string) bool { return s == "" })...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewReader(out)
}

// endGame waits for the game's end, and returns what it wrote.
func endGame(t *testing.T, cmd *exec.Cmd, out *bufio.Reader) string {
	t.Helper()
	rest, err := io.ReadAll(out)
	if err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	return string(rest)
}

// readUntil reads until it has seen text.
func readUntil(t *testing.T, r *bufio.Reader, text string) {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		if strings.Contains(line, text) {
			return
		}
		if err != nil {
			t.Fatalf("%q was not drawn: %v", text, err)
		}
	}
}
