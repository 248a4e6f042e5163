module github.com/torsion-go/torsion/mail

go 1.26.0
