// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package distrib

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A SystemUser is somebody with an account.
type SystemUser struct {
	Name string
	UID  int
	Home string
}

// maxPasswd bounds what is read of the file of users.
const maxPasswd = 16 << 20

// systemUsers reads /etc/passwd.
func systemUsers() ([]SystemUser, error) {
	f, err := os.Open("/etc/passwd")
	if err != nil {
		return nil, fmt.Errorf("distrib: the users of the system: %w", err)
	}
	defer f.Close()
	return parsePasswd(io.LimitReader(f, maxPasswd))
}

// parsePasswd reads lines of passwd(5). Those that make no sense are left out.
func parsePasswd(r io.Reader) (users []SystemUser, err error) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), ":")
		if len(fields) != 7 || fields[0] == "" || strings.HasPrefix(fields[0], "#") || !filepath.IsAbs(fields[5]) {
			continue
		}
		uid, err := strconv.Atoi(fields[2])
		if err != nil || uid < 0 {
			continue
		}
		users = append(users, SystemUser{fields[0], uid, fields[5]})
	}
	return users, lines.Err()
}
