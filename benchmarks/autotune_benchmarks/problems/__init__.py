"""Problems to search on."""
