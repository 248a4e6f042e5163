// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package rig

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// A Display is an X server that draws into memory.
type Display struct {
	Name string // as in the environment variable DISPLAY: ":7"
	cmd  *exec.Cmd
}

// NewDisplay starts Xvfb on a number that is free. Its caller closes it.
func NewDisplay() (*Display, error) {
	if _, err := exec.LookPath("Xvfb"); err != nil {
		return nil, errors.New("rig: there is no Xvfb (Debian: apt-get install xvfb)")
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "900x480x24", "-nolisten", "tcp", "-noreset") // else it takes nobody for a moment when its last client has gone
	cmd.ExtraFiles = []*os.File{w}
	endWithUs(cmd)
	err = cmd.Start()
	w.Close()
	if err != nil {
		return nil, err
	}
	d := &Display{cmd: cmd}
	number, err := io.ReadAll(r) // Xvfb closes it when it is ready
	if _, bad := strconv.Atoi(strings.TrimSpace(string(number))); err != nil || bad != nil {
		d.Close()
		return nil, fmt.Errorf("rig: Xvfb does not start: it said %q", number)
	}
	d.Name = ":" + strings.TrimSpace(string(number))
	return d, nil
}

// Close ends the server, and with it the connections of its clients.
func (d *Display) Close() {
	_ = d.cmd.Process.Signal(os.Interrupt)
	_ = d.cmd.Wait()
}

// command makes a command for a client of the display.
func (d *Display) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = d.Env()
	return cmd
}

// Env is the environment of a client.
func (d *Display) Env() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "WAYLAND_DISPLAY=") {
			env = append(env, v)
		}
	}
	return append(env, "DISPLAY="+d.Name, "GDK_BACKEND=x11", "QT_QPA_PLATFORM=xcb")
}

// Windows returns the numbers of the windows on the screen whose title contains title.
func (d *Display) Windows(title string) ([]uint32, error) {
	cmd := d.command("xdotool", "search", "--onlyvisible", "--name", title)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && (cmd.ProcessState == nil || errs.Len() > 0) { // it ends with 1 when there is none
		return nil, fmt.Errorf("xdotool: %w: %s", err, errs.String())
	}
	var all []uint32
	for _, word := range strings.Fields(out.String()) {
		n, err := strconv.ParseUint(word, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("xdotool: a window %q", word)
		}
		all = append(all, uint32(n))
	}
	return all, nil
}

// Screenshot returns what is on the screen, and writes it to file unless that is "".
func (d *Display) Screenshot(file string) (image.Image, error) {
	var out, errs bytes.Buffer
	cmd := d.command("import", "-window", "root", "png:-") // of ImageMagick
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("import: %w: %s", err, errs.String())
	}
	if file != "" {
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			return nil, err
		}
	}
	return png.Decode(&out)
}
