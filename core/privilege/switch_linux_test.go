// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package privilege

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestMain lets the test binary be a process that changes its user: a test's own could not go back.
func TestMain(m *testing.M) {
	if what := os.Getenv("PRIVILEGE_TEST"); what != "" {
		if err := change(what); err != nil {
			fmt.Println("error:", err)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func show(where string) {
	groups, err := os.Getgroups()
	fmt.Println(where, os.Getuid(), os.Geteuid(), os.Getgid(), os.Getegid(), groups, err)
}

func change(what string) error {
	id := Identity{UID: 12345, GID: 23456, Groups: []int{23456, 34567}}
	switch what {
	case "switch":
		if err := id.Switch(); err != nil {
			return err
		}
		show("after")
		return syscall.Setuid(0)
	case "effective":
		restore, err := id.SwitchEffective()
		if err != nil {
			return err
		}
		show("after")
		if err := restore(); err != nil {
			return err
		}
		show("back")
	case "run":
		failed := errors.New("f failed")
		err := RunAsEffective(12345, 23456, func() error { show("within"); return failed })
		show("back")
		if !errors.Is(err, failed) {
			return fmt.Errorf("got %w", err)
		}
	case "run as another":
		restore, err := Identity{UID: 1000, GID: 1000, Groups: []int{1000}}.SwitchEffective()
		if err != nil {
			return err
		}
		if err := RunAsEffective(12345, 23456, func() error { show("within"); return nil }); err != nil {
			return err
		}
		show("back")
		if err := RunAsEffective(1000, 1000, func() error { show("same"); return nil }); err != nil {
			return err
		}
		return restore()
	case "nothing":
		restore, err := Identity{UID: -1, GID: -1}.SwitchEffective()
		if err := errors.Join(err, restore(), Identity{UID: -1, GID: -1}.Switch()); err != nil {
			return err
		}
		show("after")
	case "no rights":
		if err := (Identity{UID: 1000, GID: 1000, Groups: []int{1000}}).Switch(); err != nil {
			return err
		}
		if err := (Identity{UID: 1000, GID: 1000, Groups: []int{1000}}).Switch(); err != nil { // to what one is
			return err
		}
		_, err := id.SwitchEffective()
		fmt.Println("error:", err)
		fmt.Println("error:", RunAsEffective(0, 0, func() error { show("root"); return nil }))
		return id.Switch()
	}
	return nil
}

func TestSwitch(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become somebody else")
	}
	for what, want := range map[string]string{
		"switch":         "after 12345 12345 23456 23456 [23456 34567] <nil>\nerror: operation not permitted\n",
		"effective":      "after 0 12345 0 23456 [23456 34567] <nil>\nback 0 0 0 0 GROUPS <nil>\n",
		"run":            "within 0 12345 0 23456 [23456] <nil>\nback 0 0 0 0 GROUPS <nil>\n",
		"run as another": "within 0 12345 0 23456 [23456] <nil>\nback 0 1000 0 1000 [1000] <nil>\nsame 0 1000 0 1000 [1000] <nil>\n",
		"nothing":        "after 0 0 0 0 GROUPS <nil>\n",
		"no rights": "error: privilege: cannot change to groups [23456 34567]: operation not permitted\nerror: privilege: cannot act as root: operation not permitted\n" +
			"error: privilege: cannot change to groups [23456 34567]: operation not permitted\n",
	} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "PRIVILEGE_TEST="+what)
		out, err := cmd.CombinedOutput()
		groups, e := os.Getgroups()
		if err != nil || e != nil {
			t.Fatal(err, e)
		}
		if want = strings.ReplaceAll(want, "GROUPS", fmt.Sprint(groups)); string(out) != want {
			t.Errorf("%s: got\n%swant\n%s", what, out, want)
		}
	}
}
