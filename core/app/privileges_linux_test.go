// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"encoding/json"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// turns returns the attributes of the service's log lines by message.
func (c *child) turns() map[string]map[string]any {
	all := map[string]map[string]any{}
	for line := range strings.Lines(c.lines.String()) {
		l := map[string]any{}
		if json.Unmarshal([]byte(line), &l) == nil {
			all[l["msg"].(string)] = l
		}
	}
	return all
}

// TestGiveRightsUp: ports are opened with the rights that the service itself does not have any more, on no thread.
func TestGiveRightsUp(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become somebody else")
	}
	nobody, err := user.Lookup("nobody") // who is another one, and lives elsewhere, on each system
	if err != nil {
		t.Skip(err)
	}
	uid, _ := strconv.ParseFloat(nobody.Uid, 64)
	gid, _ := strconv.ParseFloat(nobody.Gid, 64)
	for _, tt := range []struct {
		args             []string
		uid, euid, gid   float64
		removesItsOwnPid bool
	}{
		{[]string{"--uid", "nobody"}, uid, uid, gid, false},
		{[]string{"-u", "12345", "-g", "23456"}, 12345, 12345, 23456, false},
		{[]string{"--gid", "23456"}, 0, 0, 23456, true},
		{[]string{"--uid", "nobody", "--euid"}, 0, uid, 0, true},
		{[]string{"--uid", "0", "--gid", "0"}, 0, 0, 0, true},
	} {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			pidfile := filepath.Join(t.TempDir(), "x.pid")
			c := start(t, "", append(tt.args, "--pidfile", pidfile, "--loops", "2", "probe", "--listen", "127.0.0.1:0")...)
			turns := c.turns()
			if b := turns["bind"]; b["uid"] != 0.0 || b["euid"] != 0.0 {
				t.Errorf("bound as %v", b)
			}
			if s := turns["start"]; s["uid"] != tt.uid || s["euid"] != tt.euid || s["gid"] != tt.gid {
				t.Errorf("started as %v", s)
			}
			if s := turns["start"]; tt.args[1] == "nobody" && s["user"] != "nobodynobody"+nobody.HomeDir {
				t.Errorf("the environment is that of %v", s["user"])
			}
			tasks, err := filepath.Glob("/proc/" + stringOf(c.cmd.Process.Pid) + "/task/*/status")
			if err != nil || len(tasks) < 3 {
				t.Fatalf("%d threads, %v", len(tasks), err)
			}
			want := "Uid:\t" + stringOf(int(tt.uid)) + "\t" + stringOf(int(tt.euid)) + "\t"
			for _, task := range tasks {
				if status, err := os.ReadFile(task); err == nil && !strings.Contains(string(status), want) {
					t.Errorf("a thread has no %q:\n%s", want, status)
				}
			}
			if warned := strings.Contains(c.lines.String(), "the user does not change"); warned != (tt.uid == 0 && tt.euid == 0 && tt.args[0] == "--uid") {
				t.Errorf("warned: %v", warned)
			}
			c.signal(syscall.SIGTERM)
			if status := c.wait(); status.Signal() != syscall.SIGTERM {
				t.Errorf("%v\n%s", c.cmd.ProcessState, c.lines.String())
			}
			text, err := os.ReadFile(pidfile)
			if removed := os.IsNotExist(err); removed != tt.removesItsOwnPid || len(text) > 0 {
				t.Errorf("the pid file: %q, %v", text, err)
			}
		})
	}
}

func stringOf(n int) string { b, _ := json.Marshal(n); return string(b) }

// TestNoRights: who is not root cannot become somebody else, and is told so.
func TestNoRights(t *testing.T) {
	cmd := command(t, "--uid", "12345", "--gid", "12345", "--log-file", "+", "probe")
	if os.Getuid() == 0 {
		exe := filepath.Join(cmd.Dir, "exe") // where nobody may run it
		text, err := os.ReadFile(cmd.Path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(exe, text, 0o755); err != nil {
			t.Fatal(err)
		}
		letIn(t, cmd.Dir)
		cmd.Path = exe
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "prog: error: --uid, --gid: privilege: cannot change to ") || !strings.Contains(string(out), `"msg":"stop"`) {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestChroot: the service has the new root, and log and pid file, named before, stay outside of it.
func TestChroot(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can change the root")
	}
	root, outside := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	for rundir, want := range map[string]string{"": "/", "sub": "/sub", "../../sub": "/sub"} {
		cmd := command(t, "--chroot", root, "--rundir", rundir, "--log-file", filepath.Join(outside, "log"), "--pidfile", filepath.Join(outside, "pid"), "probe")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		waitFor(t, filepath.Join(outside, "log"), `"msg":"started"`)
		waitFor(t, filepath.Join(outside, "log"), `"msg":"start","uid":0,"euid":0,"gid":0,"cwd":"`+want+`"`)
		cmd.Process.Signal(syscall.SIGUSR1)
		waitFor(t, filepath.Join(outside, "log"), "the log was rotated")
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		entries, err := os.ReadDir(outside)
		if err != nil || len(entries) != 2 { // log and log.1
			t.Errorf("outside are %v, %v", entries, err)
		}
		for _, e := range entries {
			os.Remove(filepath.Join(outside, e.Name()))
		}
	}
}
