module github.com/torsion-go/torsion/trial

go 1.26.0
