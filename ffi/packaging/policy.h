/* This library was built with the feature `policy`. */
#ifndef LASTMILE_POLICY
#define LASTMILE_POLICY
#endif

