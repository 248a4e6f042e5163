// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"os"

	"golang.org/x/sys/windows"
)

func closeFD(fd int) error {
	return os.NewSyscallError("closesocket", windows.Closesocket(windows.Handle(fd)))
}
