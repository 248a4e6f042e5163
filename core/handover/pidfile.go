// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package handover

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// WritePIDFile makes path a file with the process number pid. What was there is replaced at once: a reader sees the old number or the new one.
func WritePIDFile(path string, pid int) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("handover: write the PID file: %w", err)
	}
	_, err = f.WriteString(strconv.Itoa(pid) + "\n")
	if e := f.Chmod(0o644); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("handover: write the PID file: %w", err)
	}
	return nil
}

// RemovePIDFile removes the file if it still names the process pid: after a handover it names the successor, and stays.
func RemovePIDFile(path string, pid int) error {
	b, err := os.ReadFile(path)
	if err == nil && strings.TrimSpace(string(b)) == strconv.Itoa(pid) {
		err = os.Remove(path)
	}
	if err != nil {
		return fmt.Errorf("handover: remove the PID file: %w", err)
	}
	return nil
}
