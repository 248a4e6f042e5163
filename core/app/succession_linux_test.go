// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"bytes"
	"encoding/json"
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

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/tempdir"
)

// own gives a command a copy of the program, and its folder to whoever it will run as.
func own(t *testing.T, cmd *exec.Cmd, uid int) {
	t.Helper()
	program, err := os.ReadFile(cmd.Path)
	if err != nil {
		t.Fatal(err)
	}
	exe := filepath.Join(cmd.Dir, "prog")
	if err := os.WriteFile(exe, program, 0o755); err != nil {
		t.Fatal(err)
	}
	if uid != os.Getuid() {
		letIn(t, cmd.Dir)
	}
	if uid != 0 {
		if err := os.Chown(cmd.Dir, uid, -1); err != nil {
			t.Fatal(err)
		}
	}
	cmd.Path, cmd.Args[0] = exe, exe
}

// letIn opens a folder of a test's to everybody.
func letIn(t *testing.T, dir string) {
	t.Helper()
	for temp := filepath.Clean(os.TempDir()); dir != temp && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err != nil || info.Mode()&0o001 == 0 {
			t.Skipf("%s is closed to others, %v", dir, err)
		}
	}
}

// readPid reads the process number in a file.
func readPid(t *testing.T, file string) int {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// logged returns the log lines with a message in a file.
func logged(t *testing.T, file, msg string) []map[string]any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]any
	for line := range bytes.Lines(text) {
		l := map[string]any{}
		if json.Unmarshal(line, &l) == nil && l["msg"] == msg {
			all = append(all, l)
		}
	}
	return all
}

// until waits for a condition that nobody tells.
func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !cond(); {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain until " + what)
		}
	}
}

func kill(t *testing.T, pid int, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, s); err != nil {
		t.Fatalf("%v to %d: %v", s, pid, err)
	}
}

// adopt makes the orphans of this process's children its own, so that it can wait for them.
func adopt(t *testing.T) {
	t.Helper()
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) })
}

func await(t *testing.T, pid int) syscall.WaitStatus {
	t.Helper()
	var status syscall.WaitStatus
	until(t, fmt.Sprintf("process %d ends", pid), func() bool {
		got, err := syscall.Wait4(pid, &status, syscall.WNOHANG, nil)
		if err != nil && err != syscall.EINTR {
			t.Fatal(err)
		}
		return got == pid
	})
	return status
}

func askPid(addr string) (int, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	text, err := io.ReadAll(c)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// TestDaemonSucceeds: a daemon, with all rights or none, is replaced three times while it is asked without end. Pid file, log, folder, umask and session are what they were.
func TestDaemonSucceeds(t *testing.T) {
	for _, user := range []string{"", "nobody"} {
		t.Run("user "+user, func(t *testing.T) {
			adopt(t)
			args := []string{"--daemon", "--pidfile", "x.pid", "--log-file", "log", "--rundir", "sub", "--umask", "027", "--debug", "127.0.0.1:0", "--status", "unix:s"}
			uid := os.Getuid()
			if user != "" {
				if os.Getuid() != 0 {
					t.Skip("only root can become somebody else")
				}
				uid = 65534
				args = append(args, "--uid", user)
			}
			cmd := command(t, append(args, "probe", "--listen", "127.0.0.1:0")...)
			own(t, cmd, uid)
			if err := os.Mkdir(filepath.Join(cmd.Dir, "sub"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Chown(filepath.Join(cmd.Dir, "sub"), uid, -1); err != nil {
				t.Fatal(err)
			}
			if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
				t.Fatalf("%v: %s", err, out)
			}
			pidfile, log := filepath.Join(cmd.Dir, "x.pid"), filepath.Join(cmd.Dir, "log")
			pids := []int{readPid(t, pidfile)}
			t.Cleanup(func() {
				if t.Failed() {
					text, _ := os.ReadFile(log)
					t.Logf("%s", text)
				}
				syscall.Kill(pids[len(pids)-1], syscall.SIGKILL)
			})
			addr := logged(t, log, "listening")[0]["addr"].(string)
			var stop atomic.Bool
			var answers atomic.Int64
			var users sync.WaitGroup
			defer users.Wait()
			defer stop.Store(true)
			users.Go(func() {
				for !stop.Load() {
					if _, err := askPid(addr); err != nil {
						t.Errorf("after %d answers: %v", answers.Load(), err)
						return
					}
					answers.Add(1)
				}
			})
			for range 3 {
				was, old := answers.Load(), pids[len(pids)-1]
				until(t, "there are answers", func() bool { return answers.Load() > was+50 || t.Failed() })
				kill(t, old, syscall.SIGUSR2)
				until(t, "the pid file names another", func() bool { return readPid(t, pidfile) != old })
				pids = append(pids, readPid(t, pidfile))
				if status := await(t, old); !status.Exited() || status.ExitStatus() != 0 {
					t.Errorf("the predecessor ended with %v", status)
				}
				if now := readPid(t, pidfile); now != pids[len(pids)-1] {
					t.Errorf("the pid file names %d", now)
				}
				if got, err := askPid(addr); err != nil || got != pids[len(pids)-1] {
					t.Errorf("served by %d, %v", got, err)
				}
			}
			stop.Store(true)
			users.Wait()
			if again, _, err := takePidFile(pidfile); err == nil {
				again.close()
				t.Error("the pid file is not locked any more")
			}
			starts := logged(t, log, "start")
			for i, s := range starts {
				if s["pid"] != float64(pids[i]) || s["daemon"] != true || s["sid"] != float64(pids[0]) || s["cwd"] != filepath.Join(cmd.Dir, "sub") || s["uid"] != float64(uid) {
					t.Errorf("process %d was %v", i, s)
				}
			}
			last := pids[3]
			if status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", last)); err != nil || !strings.Contains(string(status), "Umask:\t0027\n") {
				t.Errorf("the umask is another: %v", err)
			}
			for fd := range 3 {
				if to, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", last, fd)); err == nil && to != os.DevNull {
					t.Errorf("descriptor %d is %s", fd, to)
				}
			}
			kill(t, last, syscall.SIGUSR1)
			waitFor(t, log, "the log was rotated")
			kill(t, last, syscall.SIGHUP)
			waitFor(t, log, "the log was reopened")
			kill(t, last, syscall.SIGTERM)
			if status := await(t, last); !status.Signaled() || status.Signal() != syscall.SIGTERM {
				t.Errorf("the last ended with %v", status)
			}
			var left []string
			for _, dir := range []string{cmd.Dir, filepath.Join(cmd.Dir, "sub")} {
				entries, err := os.ReadDir(dir)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range entries {
					left = append(left, e.Name())
				}
			}
			if !slices.Equal(left, []string{"log", "log.1", "prog", "sub"}) {
				t.Errorf("it leaves %q", left)
			}
		})
	}
}

// TestDescriptorsOfSuccessor: a chain does not gather descriptors.
func TestDescriptorsOfSuccessor(t *testing.T) {
	adopt(t)
	cmd := command(t, "--pidfile", "x.pid", "--log-file", "log", "probe", "--listen", "127.0.0.1:0")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pidfile := filepath.Join(cmd.Dir, "x.pid")
	waitFor(t, filepath.Join(cmd.Dir, "log"), `"started"`)
	count := func(pid int) int {
		fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
		if err != nil {
			t.Fatal(err)
		}
		return len(fds)
	}
	pid, first := cmd.Process.Pid, 0
	for range 4 {
		kill(t, pid, syscall.SIGUSR2)
		until(t, "the pid file names another", func() bool { return readPid(t, pidfile) != pid })
		if old := pid; old == cmd.Process.Pid {
			cmd.Wait()
		} else {
			await(t, old)
		}
		pid = readPid(t, pidfile)
		if first == 0 {
			first = count(pid)
		}
		until(t, fmt.Sprintf("a successor has no more than %d descriptors", first), func() bool { return count(pid) <= first }) // one may be open for a moment
	}
	kill(t, pid, syscall.SIGTERM)
	await(t, pid)
}

// TestSuccessorFails: one that is no good leaves this process as it is, and the log tells why.
func TestSuccessorFails(t *testing.T) {
	adopt(t)
	cmd := command(t, "--config", "conf", "--pidfile", "x.pid", "--log-file", "log", "probe", "--listen", "127.0.0.1:0")
	own(t, cmd, 0)
	in := func(name string) string { return filepath.Join(cmd.Dir, name) }
	write := func(name, text string) {
		if err := os.WriteFile(in(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("conf", "")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, in("log"), `"started"`)
	addr := logged(t, in("log"), "listening")[0]["addr"].(string)
	failures := 0
	for _, tt := range []struct {
		do, undo func()
		want     string
	}{
		{func() { write("fault", "exit") }, func() { os.Remove(in("fault")) }, "exit status 3"},
		{func() { write("fault", "fail") }, func() { os.Remove(in("fault")) }, "it says: there is a fault"},
		{func() { write("conf", "nonsense = 1\n") }, func() { write("conf", "") }, "nonsense"},
		{func() { os.Rename(in("prog"), in("gone")) }, func() { os.Rename(in("gone"), in("prog")) }, "no such file"},
		{func() {
			write("other", "no program")
			os.Rename(in("prog"), in("gone"))
			os.Rename(in("other"), in("prog"))
		}, func() { os.Rename(in("gone"), in("prog")) }, "permission denied"},
	} {
		tt.do()
		kill(t, cmd.Process.Pid, syscall.SIGUSR2)
		failures++
		var lines []map[string]any
		until(t, "it is told: "+tt.want, func() bool {
			lines = logged(t, in("log"), "the successor did not start: this process goes on")
			return len(lines) >= failures
		})
		if why := lines[failures-1]["error"].(string); !strings.Contains(why, tt.want) {
			t.Errorf("the reason is %q, want %q", why, tt.want)
		}
		tt.undo()
		if pid, err := askPid(addr); err != nil || pid != cmd.Process.Pid || readPid(t, in("x.pid")) != pid {
			t.Errorf("%s: served by %d, %v", tt.want, pid, err)
		}
	}
	kill(t, cmd.Process.Pid, syscall.SIGUSR2)
	cmd.Wait()
	last := readPid(t, in("x.pid"))
	if pid, err := askPid(addr); err != nil || pid != last || pid == cmd.Process.Pid {
		t.Errorf("served by %d, %v", pid, err)
	}
	kill(t, last, syscall.SIGTERM)
	await(t, last)
}

// TestSuccessorHangs: one that is not ready in time, however far it came, leaves this process as it is.
func TestSuccessorHangs(t *testing.T) {
	c := start(t, "", "--successor-timeout", "1s", "probe", "--listen", "127.0.0.1:0")
	if err := os.WriteFile(filepath.Join(c.cmd.Dir, "fault"), []byte("hang"), 0o644); err != nil {
		t.Fatal(err)
	}
	c.signal(syscall.SIGUSR2)
	if why := c.next("the successor did not start: this process goes on")["error"].(string); !strings.Contains(why, "not ready in 1s") {
		t.Errorf("the reason is %q", why)
	}
	addr := c.turns()["listening"]["addr"].(string)
	if pid, err := askPid(addr); err != nil || pid != c.cmd.Process.Pid {
		t.Errorf("served by %d, %v", pid, err)
	}
	c.signal(syscall.SIGTERM)
	if status := c.wait(); status.Signal() != syscall.SIGTERM {
		t.Errorf("%v", c.cmd.ProcessState)
	}
}

// TestStopWhileSucceeding: to stop means the program, a successor that is being started included. A second SIGUSR2 meanwhile is answered.
func TestStopWhileSucceeding(t *testing.T) {
	c := start(t, "", "probe")
	if err := os.WriteFile(filepath.Join(c.cmd.Dir, "fault"), []byte("hang"), 0o644); err != nil {
		t.Fatal(err)
	}
	c.signal(syscall.SIGUSR2)
	c.next("starting a successor")
	child := int(c.next("start")["pid"].(float64))
	if child == c.cmd.Process.Pid {
		t.Fatal("that is not the successor")
	}
	c.signal(syscall.SIGUSR2)
	c.next("a successor is starting already")
	c.signal(syscall.SIGTERM)
	if status := c.wait(); status.Signal() != syscall.SIGTERM {
		t.Errorf("%v", c.cmd.ProcessState)
	}
	if err := syscall.Kill(child, 0); err != syscall.ESRCH {
		t.Errorf("the successor lives: %v", err)
	}
}

// TestChrootSucceeds: a successor starts within the new root.
func TestChrootSucceeds(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can change the root")
	}
	adopt(t)
	cmd := command(t)
	own(t, cmd, 0)
	root := filepath.Join(cmd.Dir, "root")
	inside := filepath.Join(root, cmd.Dir) // where the program's name leads then
	if err := os.MkdirAll(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(cmd.Path, filepath.Join(inside, "prog")); err != nil {
		t.Fatal(err)
	}
	libraries, _ := exec.Command("ldd", cmd.Path).Output() // none for a program that is linked statically
	for _, name := range strings.Fields(string(libraries)) {
		if !filepath.IsAbs(name) {
			continue
		}
		text, err := os.ReadFile(name)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(root, name), text, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd.Args = append(cmd.Args, "--chroot", "root", "--uid", "12345", "--gid", "12345", "--pidfile", "x.pid", "--log-file", "root/log", "probe", "--listen", "127.0.0.1:0")
	if err := os.Chown(root, 12345, -1); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	log, pidfile := filepath.Join(root, "log"), filepath.Join(cmd.Dir, "x.pid")
	waitFor(t, log, `"started"`)
	kill(t, cmd.Process.Pid, syscall.SIGUSR2)
	until(t, "there is a successor, or none", func() bool {
		return len(logged(t, log, "server shut down"))+len(logged(t, log, "the successor did not start: this process goes on")) > 0
	})
	text, _ := os.ReadFile(log)
	last := readPid(t, pidfile)
	if last == cmd.Process.Pid || len(logged(t, log, "started")) != 2 {
		t.Fatalf("no successor:\n%s", text)
	}
	cmd.Wait()
	kill(t, last, syscall.SIGTERM)
	await(t, last)
	if text, err := os.ReadFile(pidfile); err != nil || len(text) > 0 {
		t.Errorf("the pid file has %q, %v", text, err)
	}
}

// manager is a service manager, of which the test sees the messages.
func manager(t *testing.T) (path string, next func() []string) {
	t.Helper()
	path = filepath.Join(tempdir.Short(t), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return path, func() []string {
		t.Helper()
		b := make([]byte, 4096)
		l.SetReadDeadline(time.Now().Add(time.Minute))
		n, err := l.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(string(b[:n]), "\n")
	}
}

// TestServiceManager: what systemd hears, in order, through a reload, a hot restart and the end.
func TestServiceManager(t *testing.T) {
	adopt(t)
	path, next := manager(t)
	expect := func(want ...string) {
		t.Helper()
		if got := next(); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	c := start(t, "NOTIFY_SOCKET="+path, "--pidfile", "x.pid", "probe")
	expect("READY=1", "STATUS=probe is running")
	c.signal(syscall.SIGHUP)
	if got := next(); len(got) != 2 || got[0] != "RELOADING=1" || !strings.HasPrefix(got[1], "MONOTONIC_USEC=") {
		t.Errorf("got %q", got)
	}
	expect("STATUS=probe is reloading")
	expect("READY=1", "STATUS=probe is running")
	c.signal(syscall.SIGUSR2)
	ready, main := next(), next()
	if len(main) != 1 { // both processes are told at once
		ready, main = main, ready
	}
	if len(ready) != 3 || ready[0] != "READY=1" || len(main) != 1 || ready[2] != main[0] {
		t.Errorf("got %q and %q", ready, main)
	}
	pid, err := strconv.Atoi(strings.TrimPrefix(main[0], "MAINPID="))
	if err != nil || pid == c.cmd.Process.Pid {
		t.Fatal(err, pid)
	}
	c.next("server shut down")
	kill(t, pid, syscall.SIGTERM)
	expect("STOPPING=1")
	expect("STATUS=probe is stopping")
	c.wait()
	await(t, pid)
}

// TestWatchdog: the loop says that it turns.
func TestWatchdog(t *testing.T) {
	path, next := manager(t)
	cmd := command(t, "--log-file", "log", "probe")
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+path, "WATCHDOG_USEC=20000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	next()
	for range 5 {
		if got := next(); !slices.Equal(got, []string{"WATCHDOG=1"}) {
			t.Errorf("got %q", got)
		}
	}
	kill(t, cmd.Process.Pid, syscall.SIGTERM)
	cmd.Wait()
}

// TestStatusEndpoint: the tree of services, for whoever asks.
func TestStatusEndpoint(t *testing.T) {
	path := filepath.Join(tempdir.Short(t), "s")
	c := start(t, "", "--status", "unix:"+path, "tree", "--do", "hang drain")
	ask := func() (r struct {
		PID            int
		Healthy, Ready bool
		Service        struct {
			Name, State string
			Children    []struct {
				Name     string
				Children []struct{ Name, State string }
			}
		}
	}) {
		t.Helper()
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(time.Minute))
		text, err := io.ReadAll(conn)
		if err == nil {
			err = json.Unmarshal(text, &r)
		}
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		return r
	}
	got := ask()
	if got.PID != c.cmd.Process.Pid || !got.Healthy || !got.Ready || got.Service.State != "running" || got.Service.Name != "tree" || got.Service.Children[0].Children[0].Name != "leaf" {
		t.Errorf("got %+v", got)
	}
	c.signal(syscall.SIGTERM)
	c.next("drain")
	if got = ask(); got.Ready || got.Service.State != "draining" {
		t.Errorf("while it drains: %+v", got)
	}
	var conns []net.Conn
	for range 3 * maxStatusConns { // who does not read does not keep others from it for ever, and does not make it grow
		if conn, err := net.Dial("unix", path); err == nil {
			conns = append(conns, conn)
		}
	}
	for _, conn := range conns {
		conn.Close()
	}
	c.signal(syscall.SIGTERM)
	c.wait()
}
