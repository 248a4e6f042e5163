// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package privilege changes the user and groups that a process runs as, so that a server that was started by root can open its ports and then work with no more rights than
// it needs.
//
//	id, err := privilege.Lookup("www-data", "") // names or numbers; before a chroot, which hides /etc/passwd
//	...
//	if err := id.Switch(); err != nil {         // after the ports are open
//		return err
//	}
//
// All changes are those of the whole process: package syscall makes every thread do them. Child processes inherit them.
//
// # Concurrency
//
// Changes apply to every goroutine of the process at once; two at a time are the caller's mistake. The other functions are safe from any goroutine.
//
// # Not supported
//
// Windows, where all but the look-up fails with errors.ErrUnsupported. Linux capabilities: give them to the process by its service manager.
//
// Twisted: twisted.python.util.switchUID, runAsEffectiveUser, uidFromString, gidFromString.
package privilege
