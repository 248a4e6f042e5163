// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package handover_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/internal/tempdir"
)

const patience = time.Minute

// A chain is a server process and its successors, which share one standard output.
type chain struct {
	*testing.T
	lines chan string
	pids  []int
	addrs []string
	over  bool // the last process ends by itself
}

// newChain starts the first server. The chain ends with the test: the last process is stopped, and the test waits until all have closed the output.
func newChain(t *testing.T, what string, env ...string) *chain {
	t.Helper()
	return newChainOf(t, []string{os.Args[0], "-test.run=^$"}, what, env...)
}

// newChainOf is newChain with another command.
func newChainOf(t *testing.T, command []string, what string, env ...string) *chain {
	t.Helper()
	c := &chain{T: t, lines: make(chan string, 100)} // more than a test makes
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), append(env, envServe+"="+what)...)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	read := make(chan struct{})
	go func() { // the cleanup waits for it
		defer close(read)
		for s := bufio.NewScanner(r); s.Scan(); {
			t.Log(s.Text())
			c.lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		last := cmd.Process.Pid
		if len(c.pids) > 0 {
			last = c.last()
		}
		if !c.over {
			_ = syscall.Kill(last, syscall.SIGTERM) // the others have ended, or are about to
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the first process: %v", err)
		}
		<-read
		r.Close()
	})
	c.ready()
	return c
}

// next returns the next line that begins with the word.
func (c *chain) next(word string) []string {
	c.Helper()
	for {
		select {
		case line := <-c.lines:
			if f := strings.Fields(line); len(f) > 0 && f[0] == word {
				return f[1:]
			}
		case <-time.After(patience):
			c.Fatalf("waited for nothing that begins with %q", word)
		}
	}
}

// ready waits for the next process.
func (c *chain) ready() {
	c.Helper()
	f := c.next("ready")
	pid, err := strconv.Atoi(f[0])
	if err != nil {
		c.Fatal(err)
	}
	if c.addrs != nil && !slices.Equal(c.addrs, f[1:]) {
		c.Errorf("listens on %v, not %v", f[1:], c.addrs)
	}
	if c.pids = append(c.pids, pid); c.addrs == nil {
		c.addrs = f[1:]
	}
}

// hangs waits for a successor that hangs, and returns its process.
func (c *chain) hangs() int {
	c.Helper()
	pid, err := strconv.Atoi(c.next("hangs")[0])
	if err != nil {
		c.Fatal(err)
	}
	return pid
}

func (c *chain) last() int { return c.pids[len(c.pids)-1] }

// upgrade has the last process start a successor, and waits for that.
func (c *chain) upgrade() {
	c.Helper()
	c.signal()
	c.ready()
}

func (c *chain) signal() {
	c.Helper()
	if err := syscall.Kill(c.last(), syscall.SIGUSR2); err != nil {
		c.Fatal(err)
	}
}

// ask connects and returns the process that serves.
func ask(network, addr string) (int, error) {
	conn, err := net.Dial(network, addr)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	b, err := io.ReadAll(conn)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(b)))
}

// TestNothingIsLost connects without end, a new connection for each question, while the server is replaced again and again.
func TestNothingIsLost(t *testing.T) {
	path := filepath.Join(tempdir.Short(t), "s")
	for _, poller := range []string{"epoll", "io_uring", "portable"} {
		t.Run(poller, func(t *testing.T) {
			c := newChain(t, "tcp:0:interface=127.0.0.1 tcp:0:interface=127.0.0.1:accept=perloop unix:"+path+" udp:127.0.0.1:0", "TORSION_REACTOR="+poller)
			var stop atomic.Bool
			var answers atomic.Int64
			var users sync.WaitGroup
			defer users.Wait()
			defer stop.Store(true)
			user := func(question func() (int, error)) {
				for range 2 {
					users.Go(func() {
						for !stop.Load() {
							if _, err := question(); err != nil {
								t.Error(err)
								return
							}
							answers.Add(1)
						}
					})
				}
			}
			user(func() (int, error) { return ask("tcp", c.addrs[0]) })
			user(func() (int, error) { return ask("tcp", c.addrs[1]) })
			user(func() (int, error) { return ask("unix", path) })
			udp, err := net.Dial("udp", c.addrs[3])
			if err != nil {
				t.Fatal(err)
			}
			defer udp.Close()
			users.Go(func() {
				b := make([]byte, 100)
				for i := 0; !stop.Load(); i++ {
					udp.SetDeadline(time.Now().Add(patience))
					fmt.Fprint(udp, i)
					n, err := udp.Read(b)
					if err != nil || !strings.HasPrefix(string(b[:n]), fmt.Sprint(i, " ")) {
						t.Errorf("datagram %d: %q, %v", i, b[:n], err)
						return
					}
				}
			})
			for range 3 {
				was := answers.Load()
				for answers.Load() < was+200 && !t.Failed() {
					ask("tcp", c.addrs[0])
				}
				c.upgrade()
			}
			stop.Store(true)
			users.Wait()
			for _, f := range []func() (int, error){func() (int, error) { return ask("tcp", c.addrs[0]) }, func() (int, error) { return ask("unix", path) }} {
				waitFor(t, func() bool {
					pid, err := f()
					if err != nil {
						t.Fatal(err)
					}
					return pid == c.last()
				})
			}
			slices.Sort(c.pids)
			if len(slices.Compact(slices.Clone(c.pids))) != 4 {
				t.Errorf("the processes were %v", c.pids)
			}
			t.Logf("%d answers", answers.Load())
		})
	}
}

func waitFor(t *testing.T, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !cond(); {
		if time.Now().After(end) {
			t.Fatal("waited for nothing")
		}
	}
}

// A successor that is no good leaves the predecessor, its files and its lock as they were; the next one works.
func TestSuccessorFails(t *testing.T) {
	for _, fault := range []string{"exit", "late"} {
		t.Run(fault, func(t *testing.T) {
			dir := tempdir.Short(t)
			path, pidFile := filepath.Join(dir, "s"), filepath.Join(dir, "pid")
			c := newChain(t, "unix:"+path+" tcp:0:interface=127.0.0.1", envFault+"="+fault, envPID+"="+pidFile)
			for range 2 {
				c.signal()
				if why := strings.Join(c.next("failed"), " "); !strings.Contains(why, "exit status") {
					t.Errorf("the reason: %s", why)
				}
				for _, a := range [][2]string{{"unix", path}, {"tcp", c.addrs[1]}} {
					if pid, err := ask(a[0], a[1]); pid != c.pids[0] || err != nil {
						t.Errorf("%s: served by %d, %v", a[0], pid, err)
					}
				}
			}
			lock, err := os.Readlink(path + ".lock")
			if err != nil || lock != strconv.Itoa(c.pids[0]) {
				t.Errorf("the lock is that of %q, %v", lock, err)
			}
			if b, err := os.ReadFile(pidFile); err != nil || string(b) != fmt.Sprintln(c.pids[0]) {
				t.Errorf("the PID file says %q, %v", b, err)
			}
		})
	}
}

func TestOneAtATime(t *testing.T) {
	c := newChain(t, "tcp:0:interface=127.0.0.1", envFault+"=hang")
	c.signal()
	child := c.hangs()
	c.signal()
	if why := strings.Join(c.next("failed"), " "); !strings.Contains(why, "already") {
		t.Errorf("the reason: %s", why)
	}
	if pid, err := ask("tcp", c.addrs[0]); pid != c.pids[0] || err != nil {
		t.Errorf("served by %d, %v", pid, err)
	}
	if err := syscall.Kill(child, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if why := strings.Join(c.next("failed"), " "); !strings.Contains(why, "signal: killed") {
		t.Errorf("the reason: %s", why)
	}
	c.signal() // and then the server stops while it waits
	child = c.hangs()
	if err := syscall.Kill(c.pids[0], syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	c.next("failed")
	if sys.Alive(child) {
		t.Error("the successor was left behind")
	}
}

// The files go to the successor with the PID file, and are gone with the last of the chain.
func TestFilesAreHandedOver(t *testing.T) {
	dir := tempdir.Short(t)
	path, pidFile := filepath.Join(dir, "s"), filepath.Join(dir, "pid")
	t.Run("chain", func(t *testing.T) {
		c := newChain(t, "unix:"+path, envPID+"="+pidFile)
		for range 2 {
			c.upgrade()
			waitFor(t, func() bool {
				b, err := os.ReadFile(pidFile)
				lock, lerr := os.Readlink(path + ".lock")
				return err == nil && lerr == nil && string(b) == fmt.Sprintln(c.last()) && lock == strconv.Itoa(c.last())
			})
		}
		waitFor(t, func() bool { // the predecessors have ended, and left the files
			pid, err := ask("unix", path)
			return err == nil && pid == c.last() && !sys.Alive(c.pids[1])
		})
		for _, name := range []string{path, pidFile} {
			if _, err := os.Lstat(name); err != nil {
				t.Error(err)
			}
		}
	})
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("%v are left, %v", left, err)
	}
}

// A successor that ends before the predecessor has given it the lock leaves neither the lock nor the socket's file behind.
func TestBriefSuccessor(t *testing.T) {
	dir := tempdir.Short(t)
	t.Run("chain", func(t *testing.T) {
		c := newChain(t, "unix:"+filepath.Join(dir, "s"), envFault+"=brief")
		c.signal()
		brief := c.next("ended")
		if err := syscall.Kill(c.last(), syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		c.over = true
		if ended := c.next("ended"); brief[0] == ended[0] || ended[0] != strconv.Itoa(c.last()) {
			t.Errorf("%v ended, then %v", brief, ended)
		}
	})
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("%v are left, %v", left, err)
	}
}

// Sockets from systemd, named in endpoint strings, go through a chain of successors, those that nobody listens on included.
func TestSocketsOfSystemd(t *testing.T) {
	activate, err := exec.LookPath("systemd-socket-activate")
	if err != nil {
		t.Skip("systemd-socket-activate is not installed")
	}
	path := filepath.Join(tempdir.Short(t), "s")
	var first sync.WaitGroup
	first.Go(func() { // the first connection starts the server
		for end := time.Now().Add(patience); time.Now().Before(end); {
			if _, err := ask("unix", path); err == nil {
				return
			}
		}
		t.Error("the first connection was not served")
	})
	const what = "systemd:name=a"
	c := newChainOf(t, []string{activate, "--listen", path, "--listen", path + ".unused", "--fdname", "a:b", "-E", envServe + "=" + what, os.Args[0], "-test.run=^$"}, what)
	first.Wait()
	for range 2 {
		c.upgrade()
		waitFor(t, func() bool {
			pid, err := ask("unix", path)
			return err == nil && pid == c.last()
		})
	}
	conn, err := net.Dial("unix", path+".unused") // the last process has it still
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}
