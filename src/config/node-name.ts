/** Matches a name of a process in a cluster: one label of a domain (RFC 1035 section 2.3.1), in lower case. */
export const NODE_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
