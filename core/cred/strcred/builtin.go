// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package strcred

import (
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/password"
	"github.com/torsion-go/torsion/core/cred/unixauth"
)

func builtin() []Factory {
	hashable := []reflect.Type{reflect.TypeFor[cred.UsernameHashedPassword]()}
	plain := []reflect.Type{reflect.TypeFor[cred.UsernamePassword]()}
	return []Factory{
		{"anonymous", "No argument is needed.", anonymousHelp, []reflect.Type{reflect.TypeFor[cred.Anonymous]()}, anonymous},
		{"file", "The path of a file of name:password lines.", fileHelp, hashable, file},
		{"hashed", "The path of a file of name:hash lines.", hashedHelp, plain, hashed},
		{"memory", "name:password:name:password...", memoryHelp, hashable, memory},
		{"unix", "No argument is needed.", unixHelp, plain, unix},
	}
}

const anonymousHelp = `Lets everybody in, as nobody in particular.`

func anonymous(string) (cred.AnyChecker, string, error) {
	return cred.Any(cred.AllowAnonymousAccess{}), "", nil
}

const memoryHelp = `Users with their passwords, in the order name:password:name:password.
Neither can contain a colon. Other users of the machine can see the command
line: this is for tests.`

func memory(argument string) (cred.AnyChecker, string, error) {
	db := &cred.InMemoryUsernamePasswordDatabaseDontUse{}
	if argument != "" {
		f := strings.Split(argument, ":")
		if len(f)%2 != 0 {
			return cred.AnyChecker{}, "", fmt.Errorf("%w: memory: names and passwords in pairs are needed, name:password:name:password", ErrInvalidAuthArgument)
		}
		for i := 0; i < len(f); i += 2 {
			db.AddUser(f[i], f[i+1])
		}
	}
	return cred.Any(db), "", nil
}

const fileHelp = `A file with a user on each line, as name:password, the password in plain text.
It is read at each login. Lines without a colon are skipped, and so is what
follows a second one.`

const hashedHelp = `A file with a user on each line, as name:hash. Hashes of argon2id, bcrypt (as
by "htpasswd -B") and PBKDF2 are known. It is read again when it has changed.`

func path(typ, argument string) (name, warning string, err error) {
	if strings.TrimSpace(argument) == "" {
		return "", "", fmt.Errorf("%w: %s: the path of a file is needed, as in %s:/etc/users", ErrInvalidAuthArgument, typ, typ)
	}
	if _, err := os.Stat(argument); err != nil {
		warning = fmt.Sprintf("%s: %v: nobody can log in until it is there", typ, err)
	}
	return argument, warning, nil
}

func file(argument string) (cred.AnyChecker, string, error) {
	name, warning, err := path("file", argument)
	if err != nil {
		return cred.AnyChecker{}, "", err
	}
	return cred.Any(&cred.FilePasswordDB{Path: name}), warning, nil
}

func hashed(argument string) (cred.AnyChecker, string, error) {
	name, warning, err := path("hashed", argument)
	if err != nil {
		return cred.AnyChecker{}, "", err
	}
	db := &cred.FilePasswordDB{Path: name, Cache: true}
	return cred.Any(db.Hashed(password.Verify)), warning, nil
}

const unixHelp = `The accounts of this system and their passwords. Unless the program runs as
root only its own user can log in. It needs unix_chkpwd of Linux-PAM.`

func unix(string) (cred.AnyChecker, string, error) {
	c := &unixauth.Checker{}
	warning := ""
	if err := c.Available(); err != nil {
		warning = "unix: " + err.Error()
	}
	return cred.Any(c), warning, nil
}
