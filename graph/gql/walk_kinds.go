package gql

import (
	"context"

	"github.com/karna-registry/karna/ontology"
)

// What lies above and below, of the kinds that have a hierarchy. They differ in
// their types only.

// hierarchyEdge is what a row says beside its record.
type hierarchyEdge struct {
	Cursor string
	Depth  int
}

func (s *stretch) row(i int) hierarchyEdge { return hierarchyEdge{s.cursors[i], s.places[i].depth} }

// OrganisationHierarchyConnection is a page of what lies above or below.
type OrganisationHierarchyConnection struct{ stretch }

// OrganisationHierarchyEdge is a row of such a page.
type OrganisationHierarchyEdge struct {
	hierarchyEdge
	Node *Organisation
}

// Nodes are the page's records.
func (c *OrganisationHierarchyConnection) Nodes() []*Organisation {
	out := make([]*Organisation, len(c.items))
	for i, e := range c.items {
		out[i] = asOrganisation(c.q, e)
	}
	return out
}

// Edges are the page's records with their cursors.
func (c *OrganisationHierarchyConnection) Edges() []OrganisationHierarchyEdge {
	out := make([]OrganisationHierarchyEdge, len(c.items))
	for i, e := range c.items {
		out[i] = OrganisationHierarchyEdge{c.row(i), asOrganisation(c.q, e)}
	}
	return out
}

// Descendants are all below.
func (n *Organisation) Descendants(ctx context.Context, hierarchy *string, depth, first *int, after *string) (*OrganisationHierarchyConnection, error) {
	s, err := n.hierarchy(ctx, ontology.OrgParent, true, hierarchy, depth, first, after)
	return &OrganisationHierarchyConnection{s}, err
}

// Ancestors are all above.
func (n *Organisation) Ancestors(ctx context.Context, hierarchy *string, depth, first *int, after *string) (*OrganisationHierarchyConnection, error) {
	s, err := n.hierarchy(ctx, ontology.OrgParent, false, hierarchy, depth, first, after)
	return &OrganisationHierarchyConnection{s}, err
}

// GeographyHierarchyConnection is a page of what lies above or below.
type GeographyHierarchyConnection struct{ stretch }

// GeographyHierarchyEdge is a row of such a page.
type GeographyHierarchyEdge struct {
	hierarchyEdge
	Node *Geography
}

// Nodes are the page's records.
func (c *GeographyHierarchyConnection) Nodes() []*Geography {
	out := make([]*Geography, len(c.items))
	for i, e := range c.items {
		out[i] = asGeography(c.q, e)
	}
	return out
}

// Edges are the page's records with their cursors.
func (c *GeographyHierarchyConnection) Edges() []GeographyHierarchyEdge {
	out := make([]GeographyHierarchyEdge, len(c.items))
	for i, e := range c.items {
		out[i] = GeographyHierarchyEdge{c.row(i), asGeography(c.q, e)}
	}
	return out
}

// Descendants are all below.
func (n *Geography) Descendants(ctx context.Context, depth, first *int, after *string) (*GeographyHierarchyConnection, error) {
	s, err := n.hierarchy(ctx, ontology.GeoParent, true, nil, depth, first, after)
	return &GeographyHierarchyConnection{s}, err
}

// Ancestors are all above.
func (n *Geography) Ancestors(ctx context.Context, depth, first *int, after *string) (*GeographyHierarchyConnection, error) {
	s, err := n.hierarchy(ctx, ontology.GeoParent, false, nil, depth, first, after)
	return &GeographyHierarchyConnection{s}, err
}

// ConceptHierarchyConnection is a page of what lies above or below.
type ConceptHierarchyConnection struct{ stretch }

// ConceptHierarchyEdge is a row of such a page.
type ConceptHierarchyEdge struct {
	hierarchyEdge
	Node *Concept
}

// Nodes are the page's records.
func (c *ConceptHierarchyConnection) Nodes() []*Concept {
	out := make([]*Concept, len(c.items))
	for i, e := range c.items {
		out[i] = asConcept(c.q, e)
	}
	return out
}

// Edges are the page's records with their cursors.
func (c *ConceptHierarchyConnection) Edges() []ConceptHierarchyEdge {
	out := make([]ConceptHierarchyEdge, len(c.items))
	for i, e := range c.items {
		out[i] = ConceptHierarchyEdge{c.row(i), asConcept(c.q, e)}
	}
	return out
}

// Descendants are all below.
func (n *Concept) Descendants(ctx context.Context, depth, first *int, after *string) (*ConceptHierarchyConnection, error) {
	s, err := n.hierarchy(ctx, ontology.ConceptBroader, true, nil, depth, first, after)
	return &ConceptHierarchyConnection{s}, err
}

// Ancestors are all above.
func (n *Concept) Ancestors(ctx context.Context, depth, first *int, after *string) (*ConceptHierarchyConnection, error) {
	s, err := n.hierarchy(ctx, ontology.ConceptBroader, false, nil, depth, first, after)
	return &ConceptHierarchyConnection{s}, err
}
