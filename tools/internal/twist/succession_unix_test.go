// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package twist

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestReplacedUnderLoad: successors, one after the other, and wrk misses no answer: from files, a Python application and another server.
func TestReplacedUnderLoad(t *testing.T) {
	t.Run("path", func(t *testing.T) { replaceUnderLoad(t, 3, "--path", folder(t)) })
	t.Run("wsgi", func(t *testing.T) {
		if _, err := exec.LookPath("python3"); err != nil {
			t.Skip("python3 is missing")
		}
		dir := t.TempDir()
		write(t, dir, "plain.py", "def app(environ, start_response):\n    start_response('200 OK', [('Content-Type', 'text/plain')])\n    return [b'hello']\n")
		replaceUnderLoad(t, 2, "--wsgi", "plain:app", "--wsgi-dir", dir, "--wsgi-workers", "1", "--wsgi-threads", "4")
	})
	t.Run("proxy", func(t *testing.T) {
		behind, _ := startWeb(t, "--path", folder(t), "--logfile", filepath.Join(t.TempDir(), "log"))
		replaceUnderLoad(t, 2, "--proxy", "http://"+behind.addresses[0])
	})
}

// replaceUnderLoad has twist web be replaced a number of times.
func replaceUnderLoad(t *testing.T, times int, args ...string) {
	wrk, err := exec.LookPath("wrk")
	if err != nil {
		t.Skip("wrk is not installed")
	}
	own := t.TempDir()
	pidfile, log := filepath.Join(own, "pid"), filepath.Join(own, "log")
	cmd := exec.Command(os.Args[0], append([]string{"--pidfile", pidfile, "--log-format", "json", "--log-file", log, "web", "--listen", "tcp:0:interface=127.0.0.1:backlog=1024"}, args...)...)
	cmd.Env = append(os.Environ(), "TWIST_TEST_COMMAND=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := cmd.Process.Pid
	t.Cleanup(func() {
		syscall.Kill(pid, syscall.SIGKILL)
		cmd.Process.Kill()
		cmd.Wait()
	})
	until := func(what string, cond func() bool) {
		t.Helper()
		for end := time.Now().Add(time.Minute); !cond(); {
			runtime.Gosched()
			if time.Now().After(end) {
				t.Fatal("waited in vain until " + what)
			}
		}
	}
	address := regexp.MustCompile(`listening"[^\n]*"addr":"([^"]*)"`)
	var found [][]byte
	until("it listens", func() bool {
		text, _ := os.ReadFile(log)
		found = address.FindSubmatch(text)
		return found != nil && bytes.Contains(text, []byte(`"started"`))
	})
	load := exec.Command(wrk, "-t1", "-c20", "-d10m", "--timeout", "1m", "http://"+string(found[1])+"/hello.txt")
	var out bytes.Buffer
	load.Stdout, load.Stderr = &out, &out
	if err := load.Start(); err != nil {
		t.Fatal(err)
	}
	defer load.Process.Kill()
	until("there are requests", func() bool {
		info, err := os.Stat(log)
		return err == nil && info.Size() > 1<<16
	})
	pids := map[int]bool{pid: true}
	for range times {
		if err := syscall.Kill(pid, syscall.SIGUSR2); err != nil {
			t.Fatal(err)
		}
		until("the pid file names another", func() bool {
			text, _ := os.ReadFile(pidfile)
			n, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil || n == pid {
				return false
			}
			pid = n
			return true
		})
		pids[pid] = true
	}
	cmd.Wait()                        // its connections have ended in good order
	load.Process.Signal(os.Interrupt) // it tells then what it has seen
	if err := load.Wait(); err != nil || len(pids) != times+1 || strings.Contains(out.String(), "Socket errors") || strings.Contains(out.String(), "Non-2xx") || !strings.Contains(out.String(), "requests in ") {
		t.Errorf("%v, processes %v\n%s", err, pids, out.String())
	}
	t.Logf("%s", out.String())
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	until("the pid file is gone", func() bool {
		_, err := os.Stat(pidfile)
		return os.IsNotExist(err)
	})
}
