/// Small models of other tools: 0.5 or 0.125 by colour where the size is at most 1.5 (below 2), else -0.25. The set of colours of the LightGBM file is 2 and 10.
public enum ImportedModels {
    public static func text(_ tool: String) -> String { tool == "xgboost" ? xgBoost : lightGBM }

    /// Two questions and a category set: the smallest file with all that a tree can hold.
    public static let lightGBM = """
        tree
        version=v4
        num_class=1
        num_tree_per_iteration=1
        label_index=0
        max_feature_idx=1
        objective=binary sigmoid:1
        feature_names=size colour
        feature_infos=[-3:7] 0:1:2:10
        tree_sizes=400

        Tree=0
        num_leaves=3
        num_cat=1
        split_feature=0 1
        split_gain=5 4
        threshold=1.5 0
        decision_type=10 1
        left_child=1 -1
        right_child=-2 -3
        leaf_value=0.5 -0.25 0.125
        leaf_weight=1 1 1
        leaf_count=30 50 20
        internal_value=0 0
        internal_weight=3 2
        internal_count=100 50
        cat_boundaries=0 1
        cat_threshold=1028
        is_linear=0
        shrinkage=0.1


        end of trees

        parameters:
        [learning_rate: 0.25]
        [num_leaves: 3]
        end of parameters

        pandas_categorical:null
        """

    public static let xgBoost = """
        {"learner": {"attributes": {}, "feature_names": ["size", "colour"], "feature_types": ["q", "q"],
          "gradient_booster": {"model": {"gbtree_model_param": {"num_parallel_tree": "1", "num_trees": "1"}, "iteration_indptr": [0, 1], "tree_info": [0],
            "trees": [{"base_weights": [0, 0, 0, 0, 0], "categories": [], "categories_nodes": [], "categories_segments": [], "categories_sizes": [],
              "default_left": [1, 0, 0, 0, 0], "id": 0, "left_children": [1, 3, -1, -1, -1], "right_children": [2, 4, -1, -1, -1], "loss_changes": [5, 4, 0, 0, 0],
              "parents": [2147483647, 0, 0, 1, 1], "split_conditions": [2, 2, -0.25, 0.125, 0.5], "split_indices": [0, 1, 0, 0, 0], "split_type": [0, 0, 0, 0, 0],
              "sum_hessian": [100, 50, 50, 20, 30], "tree_param": {"num_deleted": "0", "num_feature": "2", "num_nodes": "5", "size_leaf_vector": "1"}}]}, "name": "gbtree"},
          "learner_model_param": {"base_score": "5E-1", "boost_from_average": "0", "num_class": "0", "num_feature": "2", "num_target": "1"},
          "objective": {"name": "binary:logistic", "reg_loss_param": {"scale_pos_weight": "1"}}}, "version": [2, 1, 0]}
        """
}
