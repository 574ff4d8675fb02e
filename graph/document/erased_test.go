package document_test

import (
	"slices"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
)

func TestWhatWasErasedIsReadBack(t *testing.T) {
	id := model.EntityID{1, 2, 3}
	first := document.Erased{Revision: 7, Mark: document.MarkOf(id), Kind: model.Person, Disclosure: model.Internal}
	second := document.Erased{Revision: 9, Mark: document.MarkOf(model.EntityID{4}), Kind: model.Role, Disclosure: model.Protected}
	had := document.ErasedArtifactOf(graph.Artifact{}, []document.Erased{first})
	both := document.ErasedArtifactOf(had, []document.Erased{second})
	got, err := document.DecodeErased(both.Body)
	if err != nil || !slices.Equal(got, []document.Erased{first, second}) {
		t.Errorf("read %+v, %v", got, err)
	}
	if both.Name != document.ErasedArtifact || both.Revision != 9 || both.Hash == had.Hash {
		t.Errorf("the artifact is %+v", both)
	}
	if first.Mark[0] != 0xff || first.Mark == second.Mark {
		t.Errorf("the marks are %s and %s", first.Mark, second.Mark)
	}
	if _, err := document.DecodeErased(both.Body[1:]); err == nil {
		t.Error("half an entry is read")
	}
}
