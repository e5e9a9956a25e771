extension Registry {
    /// Every command of this server, in the order of HELP and of the verb table of PROTOCOL.md.
    public static let standard = Registry([
        .help, .signup, .verify, .login, .resume, .tokenIssue, .tokenRefresh, .tokenList, .tokenRevoke, .passwd,
        .reset, .whoAmI, .setTags, .setChat, .setZone, .setName, .setEmail, .export, .accountDelete, .ping, .quit,
        .create, .groups, .groupsOpen, .info, .join, .leave, .resign, .invite, .members, .topic, .kick, .role,
        .access, .rename, .delete,
        .message, .history,
        .mood, .budget, .distance, .availability, .when, .statistics,
        .avatarPut, .avatarData, .avatarEnd, .avatarGet, .avatarFetch, .avatarRemove,
    ])
}
