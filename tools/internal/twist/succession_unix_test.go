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

// TestReplacedUnderLoad: three successors, one after the other, and wrk misses no answer.
func TestReplacedUnderLoad(t *testing.T) {
	wrk, err := exec.LookPath("wrk")
	if err != nil {
		t.Skip("wrk is not installed")
	}
	dir, own := folder(t), t.TempDir()
	pidfile, log := filepath.Join(own, "pid"), filepath.Join(own, "log")
	cmd := exec.Command(os.Args[0], "--pidfile", pidfile, "--log-format", "json", "--log-file", log, "web", "--path", dir, "--listen", "tcp:0:interface=127.0.0.1:backlog=1024")
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
	load := exec.Command(wrk, "-t1", "-c20", "-d5s", "http://"+string(found[1])+"/hello.txt")
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
	for range 3 {
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
	if err := load.Wait(); err != nil || len(pids) != 4 || strings.Contains(out.String(), "Socket errors") || strings.Contains(out.String(), "Non-2xx") || !strings.Contains(out.String(), "requests in ") {
		t.Errorf("%v, processes %v\n%s", err, pids, out.String())
	}
	t.Logf("%s", out.String())
	cmd.Wait()
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	until("the pid file is gone", func() bool {
		_, err := os.Stat(pidfile)
		return os.IsNotExist(err)
	})
}
